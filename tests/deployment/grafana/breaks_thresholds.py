"""One damage of each kind to a threshold, and what the check that it is there for must say of it."""

import check_thresholds
from damage import evaluator, panel, query, rule, steps

# name: (check, damage, what it says)
BREAKS = {
    "a line where the alarm isn't": (
        check_thresholds,
        lambda b: steps(b, "Age of the oldest message")[1].update(value=900),
        "its line is at [900], and QueueAgeAlarm fires from 300 on",
    ),
    "a line above two alarms": (
        check_thresholds,
        lambda b: steps(b, "Refused through our fault")[1].update(value=5),
        "its line is at [5], and Api",
    ),
    "a second line": (
        check_thresholds,
        lambda b: steps(b, "Lost for now").append({"color": "purple", "value": 100}),
        "its line is at [1, 100], and DeadLettersAlarm",
    ),
    "a line without an alarm": (
        check_thresholds,
        lambda b: steps(b, "Requests refused").append({"color": "red", "value": 100}),
        "its line is at [100], and no alarm watches Refused",
    ),
    "a line for another statistic": (
        check_thresholds,
        lambda b: query(b, "Oldest email waiting").update(statistic="Average"),
        "it draws the Average, and QueueAgeAlarm watches the Maximum",
    ),
    "a line for another period": (
        check_thresholds,
        lambda b: panel(b, "Not filed at first, or not again").update(
            targets=[query(b, "Not filed at first, or not again")],
            fieldConfig={"defaults": {"thresholds": {"steps": [{"color": "red", "value": 11}]}}},
        ),
        "its period is 300 s, and that of FailedWritesAlarm 60 s",
    ),
    "a timeout's line where it isn't": (
        check_thresholds,
        lambda b: steps(b, "api: duration against its timeout")[1].update(value=30000),
        "its line is at [30000]",
    ),
    "a timeout that the text has wrong": (
        check_thresholds,
        lambda b: panel(b, "worker: duration against its timeout").update(description="The line is the timeout, 60 s."),
        "its description doesn't say that the timeout is 30 s",
    ),
    "a rule with another threshold": (
        check_thresholds,
        lambda b: evaluator(b, "mailroom-given-back").update(params=[0]),
        "its threshold is ['gt', 0], and by FailedWritesAlarm it is ['gt', 10]",
    ),
    "a rule with another comparison": (
        check_thresholds,
        lambda b: evaluator(b, "mailroom-oldest-message").update(type="gt"),
        "its threshold is ['gt', 300], and by QueueAgeAlarm it is ['gte', 300]",
    ),
    "a rule with another period": (
        check_thresholds,
        lambda b: rule(b, "mailroom-given-back")["data"][0]["model"].update(period="300"),
        "its period is 300, and by FailedWritesAlarm it is 60",
    ),
    "a rule that adds up what the alarm doesn't": (
        check_thresholds,
        lambda b: rule(b, "mailroom-given-back")["data"][1]["model"].update(reducer="sum"),
        "its reducer is sum, and by FailedWritesAlarm it is max",
    ),
    "a rule without an alarm": (
        check_thresholds,
        lambda b: rule(b, "mailroom-unavailable")["data"][0]["model"]["dimensions"].update(Reason="token"),
        "no alarm watches Refused with these dimensions",
    ),
}
