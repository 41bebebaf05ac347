"""Runs SQL with DuckDB over the emails that `mailroom up --data DIR` keeps as files.

    local.py BUCKET NAME [VALUE ...]    a saved query: a file of saved/, and the values of its parameters
    local.py BUCKET "SELECT ..."        a statement of your own

BUCKET is the bucket's directory in DIR, such as DIR/mailroom-data-8f6d3a10. --json prints one JSON document.
"""

import json
import os
import pathlib
import sys

import duckdb

HERE = pathlib.Path(__file__).resolve().parent


def main(arguments):
    as_json = "--json" in arguments
    arguments = [argument for argument in arguments if argument != "--json"]
    if len(arguments) < 2 or "--help" in arguments:
        sys.exit(__doc__)
    bucket, statement, *values = arguments
    saved = HERE / "saved" / f"{statement}.sql"
    if saved.is_file():
        statement = saved.read_text()
    try:
        os.chdir(bucket)
        connection = duckdb.connect()
        connection.execute((HERE / "duckdb.sql").read_text())
        connection.execute(f"CREATE VIEW emails AS {(HERE / 'emails.sql').read_text()}")
        answer = connection.sql(statement, params=values or None)
        if as_json:
            print(json.dumps({"columns": answer.columns, "rows": answer.fetchall()}, default=str))
        else:
            answer.show(max_width=200)
    except (OSError, duckdb.Error) as error:
        sys.exit(f"local.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
