"""Uses a running Mailroom endpoint as AWS's own clients do, and says whether it behaves as AWS does.

    tests/python/setup.sh
    mailroom up --aws-only --aws-port 4566 &
    target/venv/bin/python tests/clients/check.py --endpoint http://127.0.0.1:4566

It needs nothing but the endpoint, with a stack that has outputs and log groups: queues, buckets and parameters it makes
itself, under names that no earlier run has used. The endpoint runs in real time (no --time-scale). The last line is `N passed, M failed`; the exit status
is 0 only if nothing failed and something passed.
"""

import argparse
import sys
import time
import traceback

import check_cli
import check_moves
import check_operations
import check_s3
import check_sqs
import check_ssm
from harness import Endpoint, checks_of

MODULES = {
    "sqs": check_sqs,
    "moves": check_moves,
    "s3": check_s3,
    "ssm": check_ssm,
    "operations": check_operations,
    "cli": check_cli,
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--endpoint", required=True, help="such as http://127.0.0.1:4566")
    arguments.add_argument("--only", choices=MODULES, help="run one part")
    arguments = arguments.parse_args()
    passed = failed = 0
    for part, module in MODULES.items():
        if arguments.only not in (None, part):
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
