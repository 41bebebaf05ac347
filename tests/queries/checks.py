"""The checks of the saved queries, each of which yields faults, and the answers that DuckDB should give."""

import datetime
import json
import os
import pathlib
import re
import tempfile

import duckdb
import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAVED = ROOT / "queries/saved"
VIEW = ROOT / "queries/emails.sql"
NOW = datetime.datetime.now(datetime.timezone.utc)
TODAY = NOW.date()


class Loader(yaml.SafeLoader):
    """Reads a template; of a function only its argument is kept."""


def argument(loader, _, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    construct = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    return construct(node, deep=True)


Loader.add_multi_constructor("!", argument)


def read_template(file="queries/template.yaml"):
    return yaml.load((ROOT / file).read_text(), Loader=Loader)["Resources"]


def of(resources, kind):
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == kind}


def read_saved():
    return {file.stem: file.read_text() for file in sorted(SAVED.glob("*.sql"))}


def view(resources):
    """The view's definition: JSON, which the template gives in Base64."""
    table = of(resources, "AWS::Glue::Table")["EmailsTable"]["TableInput"]
    _, values = table["ViewOriginalText"]
    return json.loads(values["View"]["Fn::Base64"][0])


def words(statement):
    """The statement on one line, without comments."""
    return " ".join(word for line in statement.splitlines() if not line.startswith("--") for word in line.split())


def different(resources, saved):
    """The template and the files have the same statements, and those on the access log depend on it."""
    if view(resources)["originalSql"] != words(VIEW.read_text()):
        yield "emails.sql differs from the template's view"
    there = {each["Name"]: each["QueryString"] for each in of(resources, "AWS::Athena::NamedQuery").values()}
    for name in sorted(set(there) | set(saved)):
        if name not in there:
            yield f"the template has no saved query for {name}.sql"
        elif name not in saved:
            yield f"the template's saved query {name} has no file"
        elif there[name] != saved[name]:
            yield f"{name}.sql differs from the template's saved query"
    for name, each in resources.items():
        text = each["Properties"].get("QueryString", "")
        if ("FROM requests" in text) != (each.get("Condition") == "HasAccessLog") and text:
            yield f"{name} does not exist exactly where the access log does"


def misplaced(resources, _):
    """Tables, rights and questions to the logs are about the mail stack's buckets and log group, by the names it gives."""
    mail = read_template("template.yaml")
    text = json.dumps(resources)
    for name in ("Bucket", "LogBucket"):
        bucket = mail[name]["Properties"]["BucketName"][0]
        bucket = bucket.replace("${AWS::StackName}", "${MailStack}").replace("${Suffix}", "${MailStackSuffix}")
        for place in (f"s3://{bucket}/", f":s3:::{bucket}/"):
            if place not in text:
                yield f"nothing here is about {place}, as the mail stack names it"
    attributes = {each["Key"]: each["Value"] for each in mail["LoadBalancer"]["Properties"]["LoadBalancerAttributes"]}
    if f"MailStackSuffix}}/{attributes['access_logs.s3.prefix']}/AWSLogs/" not in text:
        yield f"the access log is below {attributes['access_logs.s3.prefix']}/, and no table is"
    for each in of(resources, "AWS::Logs::QueryDefinition").values():
        group = mail["ApiLogGroup"]["Properties"]["LogGroupName"].replace("AWS::StackName", "MailStack")
        if each["LogGroupNames"] != [group]:
            yield f"a question goes to {each['LogGroupNames']} instead of {group}"
        # The row of the line "accepted" names its fields.
        row = next(line for line in (ROOT / "docs/LOGGING.md").read_text().splitlines() if "| `accepted` |" in line)
        for field in re.findall(r"(?:by|sum|ispresent)[ (](\w+)", each["QueryString"]):
            if f"`{field}`" not in row:
                yield f"a question asks for {field}, which the line `accepted` doesn't have"


def tables(resources):
    """Name -> column -> type, with Athena's hidden column, which a view doesn't have."""
    found = {}
    for each in of(resources, "AWS::Glue::Table").values():
        table = each["TableInput"]
        columns = table["StorageDescriptor"]["Columns"] + table.get("PartitionKeys", [])
        hidden = {"$path": "string"} if table["TableType"] == "EXTERNAL_TABLE" else {}
        found[table["Name"]] = {column["Name"]: column["Type"] for column in columns} | hidden
    return found


def invalid(resources, saved):
    for name, statement in (saved | {"emails": view(resources)["originalSql"]}).items():
        try:
            parsed = sqlglot.parse_one(statement, read="athena")
            unknown = {each.name for each in parsed.find_all(exp.Anonymous)}
            if unknown:
                yield f"{name}.sql calls {', '.join(sorted(unknown))}, which sqlglot doesn't know as functions of Athena's"
            qualified = qualify(parsed, schema=tables(resources), dialect="athena", validate_qualify_columns=True)
            if name not in saved and qualified.named_selects != [each["name"] for each in view(resources)["columns"]]:
                yield f"the view has the columns {qualified.named_selects}, and its definition names others"
        except SqlglotError as error:
            yield f"{name}.sql is not valid in Athena's dialect: {error}"


def email(sender, timestream, subject="Hello", content="How are you?"):
    fields = {"email_subject": subject, "email_sender": sender}
    return json.dumps(fields | {"email_timestream": str(timestream), "email_content": content}, ensure_ascii=False)


def noon(days_ago):
    day = TODAY - datetime.timedelta(days=days_ago)
    return int(datetime.datetime(day.year, day.month, day.day, 12, tzinfo=datetime.timezone.utc).timestamp())


def dated(days_ago, name):
    return f"emails/{TODAY - datetime.timedelta(days=days_ago):%Y/%m/%d}/{name}.json"


def batch(hours_ago, name):
    return f"batches/{NOW - datetime.timedelta(hours=hours_ago):%Y/%m/%d/%H}/{name}.ndjson"


def line(sender, receipt, hours_ago=1):
    """A line of a batch. An email without a receipt has its digest alone."""
    accepted = f"{NOW - datetime.timedelta(hours=hours_ago):%Y-%m-%dT%H:%M:%S}.000Z"
    more = {"receipt": receipt, "digest": f"digest of {sender}", "accepted_at": accepted, "caller": "billing"}
    fields = json.loads(email(sender, 1000000000)) | {name: value for name, value in more.items() if value}
    return json.dumps(fields) + "\n"


# Objects as `worker` names and writes them, in all layouts, and one that was put there by hand.
OBJECTS = {
    "John doe_1693561101.json": email("John doe", 1693561101, "Happy new year", "Just want to say\n\"hello\" 😀"),
    "John doe_1693561101-0123456789abcdef.json": email("John doe", 1693561101, "Another", "ÄRGER \u2028"),
    "Zoë_0001.json": email("Zoë", "0001"),
    "a*b[1]?_253402300799.json": email("a*b[1]?", 253402300799, content=""),
    "mailroom-canary-8f6d3a10_1693561101.json": email("mailroom-canary-8f6d3a10", 1693561101),
    "mailroom-canary-8F6D3A10_1693561101.json": email("mailroom-canary-8F6D3A10", 1693561101),
    dated(0, "email-1-a"): email("today", noon(0)),
    dated(0, "email-2-a"): email("mailroom-canary-8f6d3a10", noon(0)),
    dated(6, "email-1-b"): email("last week", noon(6)),
    dated(7, "email-1-c"): email("too long ago", noon(7)),
    # The same email as in the layout flat, sent again after the layout had changed.
    "emails/2023/09/01/email-1693561101-ab.json": email(
        "John doe", 1693561101, "Happy new year", "Just want to say\n\"hello\" 😀"
    ),
    "two.json": email("by hand", "0001") + "\n" + email("by hand", "0002"),
    # The first email is in three objects, of two hours. The second one has no receipt, the third was sent twice, and the fifth
    # has the receipt of the first.
    batch(1, "a"): line("first", "r1") + line("third", "r2") + line("third", "r3"),
    batch(1, "b"): line("first", "r1") + line("second", None) + line("mailroom-canary-8f6d3a10", "r4"),
    batch(2, "c"): line("first", "r1") + line("second", None) + line("fifth", "r1"),
    batch(30, "d"): line("fourth", "r5", hours_ago=30),
}
MILLENNIUM = datetime.date(2001, 9, 9)
SEPTEMBER, NEW_YEAR = datetime.date(2023, 9, 1), datetime.datetime(2023, 9, 1, 9, 38, 21)
FIRST, LAST = "John doe_1693561101.json", "emails/2023/09/01/email-1693561101-ab.json"
# name -> (parameters, rows); a set of rows where only some are looked at.
EXPECTED = {
    "per-day": ([], {
        (datetime.date(9999, 12, 31), 1, 1),
        (SEPTEMBER, 4, 2),
        (datetime.date(1970, 1, 1), 3, 2),
        (MILLENNIUM, 6, 5),
        (TODAY, 1, 1),
    }),
    "by-sender": ([], {
        ("John doe", 3, NEW_YEAR, NEW_YEAR),
        ("Zoë", 1, datetime.datetime(1970, 1, 1, 0, 0, 1), datetime.datetime(1970, 1, 1, 0, 0, 1)),
        ("mailroom-canary-8F6D3A10", 1, NEW_YEAR, NEW_YEAR),
    }),
    "search": (["Ärger"], [(NEW_YEAR, "John doe", "Another", "John doe_1693561101-0123456789abcdef.json")]),
    "duplicates": ([], [
        (2, "John doe", "1693561101", "Happy new year", FIRST, LAST),
        (2, "third", "1000000000", "Hello", batch(1, "a"), batch(1, "a")),
    ]),
    "last-days": ([], [
        (f"{TODAY:%Y/%m/%d}", 1, 1),
        (f"{TODAY - datetime.timedelta(days=6):%Y/%m/%d}", 1, 1),
    ]),
    "last-hours": ([], [(f"{NOW - datetime.timedelta(hours=1):%Y-%m-%dT%H}", 5, 4)]),
    "requests": ([], {("2018-11-30T22", 502, 1, 0.001), ("2018-07-02T22", 200, 3, 0.048)}),
    "refused": ([], {("192.168.131.39", 502, 1, "2018-11-30T22:23:00.186641Z", "2018-11-30T22:23:00.186641Z")}),
    "slow": ([], {("2018-07-02T22:23:00.186641Z", 0.048, 200, "192.168.131.39", 0)}),
}
SLOW_COLUMNS = 5  # without trace_id


def connect(resources, directory):
    os.chdir(directory)
    for key, body in OBJECTS.items():
        pathlib.Path(key).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(key).write_text(body)
    connection = duckdb.connect()
    connection.execute((ROOT / "queries/duckdb.sql").read_text())
    connection.execute(f"CREATE VIEW emails AS {view(resources)['originalSql']}")
    requests(resources, connection)
    return connection


def requests(resources, connection):
    """The table `requests`, with the entries of the log as RegexSerDe would give them, all of today."""
    table = of(resources, "AWS::Glue::Table")["RequestsTable"]["TableInput"]["StorageDescriptor"]
    columns = table["Columns"]
    kinds = {"string": "VARCHAR"}
    described = ", ".join(f"{each['Name']} {kinds.get(each['Type'], each['Type'])}" for each in columns)
    connection.execute(f"CREATE TABLE requests ({described}, day VARCHAR)")
    expression = re.compile(table["SerdeInfo"]["Parameters"]["input.regex"])
    casts = ", ".join(f"TRY_CAST(? AS {kinds.get(each['Type'], each['Type'])})" for each in columns)
    for line in (ROOT / "tests/queries/access-log.txt").read_text().splitlines():
        found = expression.fullmatch(line)
        groups = found.groups()[: len(columns)] if found else [None] * len(columns)
        connection.execute(f"INSERT INTO requests VALUES ({casts}, ?)", [*groups, f"{TODAY:%Y/%m/%d}"])


def wrong(resources, saved):
    with tempfile.TemporaryDirectory() as directory:
        connection = connect(resources, directory)
        unread = connection.execute("SELECT count(*) FROM requests WHERE type IS NULL").fetchone()[0]
        if unread:
            yield f"the template's expression doesn't read {unread} entries of the access log"
        for name, statement in saved.items():
            values, wanted = EXPECTED[name]
            rows = connection.execute(statement, values).fetchall()
            rows = [row[:SLOW_COLUMNS] if name == "slow" else row for row in rows]
            if not (wanted <= set(rows) if isinstance(wanted, set) else wanted == rows):
                yield f"{name}.sql answers {rows} instead of {wanted}"
            if any("mailroom-canary-8f6d3a10" in row for row in rows):
                yield f"{name}.sql shows the canary"
        os.chdir(ROOT)


CHECKS = [different, misplaced, invalid, wrong]
