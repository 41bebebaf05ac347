"""Breaks of Athena's and Glue's resources; damage.py says how they work."""

from damage import also, put, sub, without

GROUP = "AWS::Athena::WorkGroup"
TABLE = "AWS::Glue::Table"


def day(name, value):
    """Sets a property of a projected table, whose names have dots."""

    def damage(properties):
        given = properties["TableInput"]["Parameters"]
        if name not in given:
            raise LookupError(name)
        given[name] = value

    return damage


def definition(old, new):
    """Changes the definition of a view."""

    def damage(properties):
        _, values = properties["TableInput"]["ViewOriginalText"]["Fn::Sub"]
        parts = values["View"]["Fn::Base64"]["Fn::Sub"]
        if old not in parts[0]:
            raise LookupError(old)
        parts[0] = parts[0].replace(old, new)

    return damage


def expression(value):
    def damage(properties):
        properties["TableInput"]["StorageDescriptor"]["SerdeInfo"]["Parameters"]["input.regex"] = value

    return damage


BREAKS = {
    "a scan limit that Athena refuses": (
        GROUP,
        put("WorkGroupConfiguration.BytesScannedCutoffPerQuery", 9999999),
        "is not between 10000000",
    ),
    "results that are encrypted in an unknown way": (
        GROUP,
        put("WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption", "AES256"),
        "'AES256' is not one of",
    ),
    "results that go to no bucket": (
        GROUP,
        put("WorkGroupConfiguration.ResultConfiguration.OutputLocation", sub("${AWS::StackName}/")),
        "does not match s3://",
    ),
    "a workgroup's name with a space": (GROUP, put("Name", sub("${AWS::StackName} queries")), "does not match"),
    "a saved query that ends in a semicolon": (
        "AWS::Athena::NamedQuery",
        put("QueryString", "SELECT 1;\n"),
        "is reserved: it matches",
    ),
    "a saved query that is too long": (
        "AWS::Athena::NamedQuery",
        put("QueryString", "SELECT " + "1" * 262144),
        "more than 262144",
    ),
    "a database's name with a hyphen": (
        "AWS::Glue::Database",
        put("DatabaseInput.Name", sub("${AWS::StackName}")),
        "does not match [a-z0-9_]{1,255}",
    ),
    "a column of an unknown type": (
        TABLE,
        put("TableInput.StorageDescriptor.Columns.0.Type", "text"),
        "is not one of string, int, bigint, double",
    ),
    "a column twice": (
        TABLE,
        also("TableInput.StorageDescriptor.Columns", {"Name": "email_sender", "Type": "string"}),
        "has two columns email_sender",
    ),
    "a location with two slashes": (
        TABLE,
        put("TableInput.StorageDescriptor.Location", sub("s3://${AWS::StackName}-data/emails//")),
        "is reserved: it matches",
    ),
    "a location that isn't a folder": (
        TABLE,
        put("TableInput.StorageDescriptor.Location", sub("s3://${AWS::StackName}-data/emails")),
        "does not match s3://",
    ),
    "an unknown SerDe": (
        TABLE,
        put("TableInput.StorageDescriptor.SerdeInfo.SerializationLibrary", "org.openx.data.jsonserde.JsonSerDe"),
        "is not one of org.apache.hive",
    ),
    "a day without a beginning": (TABLE, day("projection.day.range", "NOW"), "which has not two ends"),
    "a day in another form": (TABLE, day("projection.day.range", "2023-01-01,NOW"), "is neither a day nor relative"),
    "a day by an unknown unit": (TABLE, day("projection.day.interval.unit", "DAY"), "by an unknown unit of time"),
    "a place without the day": (
        TABLE,
        day("storage.location.template", "s3://mailroom-data/emails/"),
        "which does not contain ${day}",
    ),
    "partitions that nothing adds": (TABLE, day("projection.enabled", "false"), "without projection"),
    "fewer groups than columns": (TABLE, expression("([^ ]*) ([^ ]*)"), "has 2 groups in input.regex for 34 columns"),
    "an expression that is none": (TABLE, expression("("), "has an invalid input.regex"),
    "a folder of saved queries without a name": (
        "AWS::Logs::QueryDefinition",
        put("Name", sub("/${AWS::StackName}")),
        "does not match",
    ),
    "an account that is none": (TABLE, put("CatalogId", "mailroom"), "does not match"),
    "a table without a type": (TABLE, put("TableInput.TableType", "MANAGED_TABLE"), "is not one of EXTERNAL_TABLE"),
    "a view that is none": (TABLE, put("TableInput.ViewOriginalText.Fn::Sub.0", "${View}"), "has a text that is not"),
    "a view without a statement": (TABLE, definition('"originalSql"', '"sql"'), "has a text that is not a view's"),
    "a view whose definition is not JSON": (TABLE, definition('"varchar"}]}', '"varchar"}]'), "has a text that is not"),
    "a view of another catalog": (TABLE, definition("awsdatacatalog", "hive"), "is a view of hive"),
    "a view with another column": (TABLE, definition('"name": "object"', '"name": "path"'), "other columns than its"),
    "a view that Athena takes for a table": (
        TABLE,
        without("TableInput.Parameters.presto_view"),
        "is a view without presto_view",
    ),
    "a partition key that is a number": (
        TABLE,
        put("TableInput.PartitionKeys.0.Type", "int"),
        "is not one of string",
    ),
}
