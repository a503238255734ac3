"""Runs a module's checks in whichever interpreter this is: each function whose name begins with `check_`.

Prints `ok NAME` or `failed NAME` for each and `N passed, N failed` at the end.
"""

# ruff: noqa: T201, UP031, BLE001 -- it runs on MicroPython, and is its own test runner there
import asyncio
import sys


def main(module: dict) -> int:
    """Runs what a module's globals hold; the exit code. The command's first argument is the vectors' folder."""
    module["VECTORS"] = sys.argv[1]
    failed = 0
    checks = sorted(name for name in module if name.startswith("check_"))
    for name in checks:
        try:
            outcome = module[name]()
            if outcome is not None:
                asyncio.run(outcome)
            print("ok " + name)
        except Exception as error:
            failed += 1
            print("failed " + name + " " + repr(error))
            if hasattr(sys, "print_exception"):
                sys.print_exception(error)
    print("%d passed, %d failed" % (len(checks) - failed, failed))
    return 1 if failed else 0
