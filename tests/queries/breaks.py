"""Damage that the checks have to see."""

import json

from checks import different, invalid, misplaced, wrong


def replaced(name, old, new):
    def damage(_, saved):
        if old not in saved[name]:
            raise LookupError(old)
        saved[name] = saved[name].replace(old, new)

    return damage


def expression(old, new):
    def damage(resources, _):
        given = resources["RequestsTable"]["Properties"]["TableInput"]["StorageDescriptor"]["SerdeInfo"]["Parameters"]
        if old not in given["input.regex"]:
            raise LookupError(old)
        given["input.regex"] = given["input.regex"].replace(old, new)

    return damage


def everywhere(old, new):
    def damage(resources, _):
        text = json.dumps(resources)
        if old not in text:
            raise LookupError(old)
        resources.update(json.loads(text.replace(old, new)))

    return damage


def unconditional(resources, _):
    del resources["SlowRequests"]["Condition"]


# what: (check, damage, what it says)
BREAKS = {
    "a statement that the template has otherwise": (different, replaced("per-day", "1000", "10"), "per-day.sql differs"),
    "a saved query without an access log": (different, unconditional, "SlowRequests does not exist exactly where"),
    "tables over another bucket": (misplaced, everywhere("-data-", "-emails-"), "nothing here is about s3://${MailStack}-"),
    "rights on another bucket": (misplaced, everywhere(":s3:::${MailStack}-logs", ":s3:::x"), "nothing here is about :s3:::"),
    "an access log elsewhere": (misplaced, everywhere("/alb/", "/elb/"), "the access log is below alb/"),
    "another function's log": (misplaced, everywhere("${MailStack}-api", "${MailStack}-worker"), "a question goes to"),
    "a field that no line has": (misplaced, everywhere("by caller", "by sender"), "a question asks for sender"),
    "a column that no table has": (invalid, replaced("by-sender", "email_sender", "sender"), "by-sender.sql is not valid"),
    "a statement that isn't SQL": (invalid, replaced("slow", "ORDER BY", "ORDER"), "slow.sql is not valid"),
    "a function of DuckDB's": (invalid, replaced("per-day", "from_unixtime", "epoch_ms"), "calls epoch_ms"),
    "days in reverse": (wrong, replaced("last-days", "DESC", "ASC"), "last-days.sql answers"),
    "a search that minds the case": (wrong, replaced("search", "lower(?)", "?"), "search.sql"),
    "a view that the file has otherwise": (different, everywhere("copy = 1", "copy = 2"), "emails.sql differs"),
    "a view of a column that no table has": (invalid, everywhere("caller, object FROM", "said FROM"), "emails.sql is not"),
    "a view whose columns are in another order": (
        invalid,
        everywhere("receipt, digest, accepted_at, caller, object", "digest, receipt, accepted_at, caller, object"),
        "its definition names others",
    ),
    "a view with repetitions": (wrong, everywhere("copy = 1", "copy > 0"), "per-day.sql answers"),
    "a view that knows receipts only": (wrong, everywhere("|| digest, digest, ", "|| digest, "), "per-day.sql answers"),
    "a view in which a receipt hides another email": (wrong, everywhere("receipt || digest", "receipt"), "per-day.sql answers"),
    "a view with one email of each object": (wrong, everywhere("OR digest IS NULL", ""), "per-day.sql answers"),
    "hours with repetitions": (wrong, replaced("last-hours", "DISTINCT coalesce", "coalesce"), "last-hours.sql answers"),
    "more hours than a day": (wrong, replaced("last-hours", "'24' HOUR", "'48' HOUR"), "last-hours.sql answers"),
    "a canary among the senders": (wrong, replaced("by-sender", "[0-9a-f]", "[0-9]"), "by-sender.sql shows the canary"),
    "a sender taken for a canary": (wrong, replaced("by-sender", "[0-9a-f]", "."), "by-sender.sql answers"),
    "an eighth day": (wrong, replaced("last-days", "'6'", "'7'"), "last-days.sql answers"),
    "an entry with more fields than the expression takes": (wrong, expression("( .*)?", ""), "doesn't read 3 entries"),
    "a function as a target": (wrong, expression("[:-]([0-9]*)", ":([0-9]*)"), "doesn't read 3 entries"),
}
