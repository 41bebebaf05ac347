"""Checks a running endpoint with boto3 and the AWS CLI, and beside moto.

    tests/python/setup.sh
    target/venv/bin/python sandbox/tests/clients/check.py --endpoint http://127.0.0.1:4566

The endpoint runs in real time and has one stack with the outputs `QueueUrl` and `LogGroup`. The checks create their own
queues, buckets and parameters under new names. The last line is `N passed, M failed`. The exit status is 0 if nothing
failed and something passed.

`--only lambda` needs functions, and its stack runs faster than real time: check_lambda.py says more.
"""

import argparse
import sys
import time
import traceback

import check_cli
import check_lambda
import check_moto
import check_moves
import check_operations
import check_s3
import check_s3_conditions
import check_s3_members
import check_s3_uploads
import check_sqs
import check_ssm
import check_unsupported
from harness import Endpoint, checks_of

MODULES = {
    "sqs": check_sqs,
    "moves": check_moves,
    "s3": check_s3,
    "s3_conditions": check_s3_conditions,
    "s3_members": check_s3_members,
    "s3_uploads": check_s3_uploads,
    "ssm": check_ssm,
    "operations": check_operations,
    "cli": check_cli,
    "unsupported": check_unsupported,
    "moto": check_moto,
    "lambda": check_lambda,
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--endpoint", required=True, help="such as http://127.0.0.1:4566")
    arguments.add_argument("--only", choices=MODULES, help="run one part")
    arguments = arguments.parse_args()
    passed = failed = 0
    for part, module in MODULES.items():
        if part != arguments.only and (arguments.only or part == "lambda"):
            continue
        for name, check in checks_of(module):
            start = time.monotonic()
            try:
                check(Endpoint(arguments.endpoint))
            except Exception:
                failed += 1
                print(f"FAILED {part}: {name}\n{traceback.format_exc()}", flush=True)
            else:
                passed += 1
                print(f"ok     {part}: {name} ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
