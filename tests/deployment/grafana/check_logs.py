"""Every Logs Insights query asks for fields that its log lines have.

A field that doesn't exist is no error to Logs Insights: the column is empty, the filter lets nothing through.
"""

import re

from bundle import variables_in

TOKEN = re.compile(
    r"""(?P<string>"[^"]*"|'[^']*')
      | (?P<number>\d+(\.\d+)?[a-z]*)
      | (?P<name>@?[A-Za-z_]\w*(\.\w+)*)
      | (?P<sign>\||!=|<=|>=|[-=<>()\[\],*/+])
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE,
)
KEYWORDS = {"and", "or", "not", "in", "like", "as", "by", "asc", "desc"}
# Which lines a query means, and by what their values are known.
LITERAL = r'\b{} *(?:=|!=|in) *(\[[^\]]*\]|"[^"]*")'


def check(bundle, known):
    groups = {
        group: group.removeprefix("/aws/lambda/${stack}-")
        for group in known.names("AWS::Logs::LogGroup", "LogGroupName")
        if group.startswith("/aws/lambda/")  # Grafana's own isn't shown
    }
    for where, queries in bundle.cloudwatch_queries():
        for query in queries:
            if query.get("queryMode") == "Logs":
                yield from (f"{where}: {fault}" for fault in one_query(query, groups, known))


def one_query(query, groups, known):
    names = query["logGroupNames"]
    for name in names:
        if name not in groups:
            yield f"no template names a log group {name}, but {sorted(groups)}"
    functions = {groups[name] for name in names if name in groups}
    text = query["expression"]
    lines = [line for line in known.lines if line.function in functions]
    for key in ("message", "level"):
        for value in literals(key, text):
            if value not in {getattr(line, key) for line in lines}:
                yield f"{' and '.join(sorted(functions))} logs no {key} {value!r}"
    for value in literals("type", text):
        if value not in known.catalogue["lambda_lines"]:
            yield f"Lambda writes no line of type {value!r}, as far as catalogue.yaml knows"
    yield from unknown_names(text, fields(text, lines, known), known.catalogue["insights"])
    for group in query["statsGroups"]:
        if group not in text:
            yield f"statsGroups has {group}, and the query doesn't"
    if ("stats " in text) != bool(query["statsGroups"]):
        yield "statsGroups are the groups of stats, no more and no less"


def literals(key, text):
    """The values that a query compares a field with."""
    found = re.findall(LITERAL.format(key), text)
    return [value for one in found for value in re.findall(r'"([^"]*)"', one)]


def fields(text, lines, known):
    """The fields of the lines that a query lets through: of the narrowest kind that can be told."""
    everywhere = set(known.catalogue["insights"]["fields"])
    types = [kind for kind in literals("type", text) if kind in known.catalogue["lambda_lines"]]
    if types:
        return everywhere.union(*(known.catalogue["lambda_lines"][kind]["fields"] for kind in types))
    messages = literals("message", text)
    meant = [line for line in lines if line.message in messages]
    return everywhere.union(*(line.fields for line in meant or lines))


def unknown_names(text, known_fields, insights):
    """Names in a query that are neither a command, a function, an alias of its own nor a field."""
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "space"]
    aliases, start = set(), True
    for index, token in enumerate(tokens):
        before = tokens[index - 1].group() if index else ""
        after = tokens[index + 1].group() if index + 1 < len(tokens) else ""
        word = token.group()
        if token.lastgroup == "other":
            yield f"{word!r} is not understood here"
        if token.lastgroup == "name":
            if start and word not in insights["commands"]:
                yield f"{word} is no command of Logs Insights that catalogue.yaml knows"
            elif start or word in KEYWORDS:
                pass
            elif after == "(":
                if word not in insights["functions"]:
                    yield f"{word} is no function of Logs Insights that catalogue.yaml knows"
            elif before == "as":
                aliases.add(word)
            elif word not in known_fields | aliases:
                yield f"none of these log lines has a field {word}"
        start = word == "|"
    for string in (token.group() for token in tokens if token.lastgroup == "string"):
        if "$" in string and not variables_in(string):
            yield f"{string} has a $ that is no variable"
