"""The pure checks, on both interpreters."""

import asyncio
import inspect
import subprocess
import sys

import pytest
import shared_checks
import wearable_processes as processes

shared_checks.VECTORS = str(processes.VECTORS)
CHECKS = sorted(name for name in dir(shared_checks) if name.startswith("check_"))


@pytest.mark.parametrize("name", CHECKS)
def test_it_holds_on_cpython(name: str) -> None:
    outcome = getattr(shared_checks, name)()
    if inspect.iscoroutine(outcome):
        asyncio.run(outcome)


def test_every_check_holds_on_micropython_too() -> None:
    command, environment = processes.interpreter("micropython")
    finished = subprocess.run(
        [*command, str(processes.HERE / "shared_checks.py"), str(processes.VECTORS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert f"{len(CHECKS)} passed, 0 failed" in finished.stdout, finished.stdout + finished.stderr
    assert finished.returncode == 0


def test_the_vectors_are_what_the_independent_script_computes() -> None:
    subprocess.run([sys.executable, str(processes.VECTORS / "make.py"), "--check"], check=True, timeout=60)
