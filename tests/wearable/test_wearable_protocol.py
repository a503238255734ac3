"""The wearable against every text message of the protocol's vectors, on both interpreters."""

import subprocess

import protocol_checks
import pytest
import wearable_processes as processes

protocol_checks.VECTORS = str(processes.VECTORS)
CHECKS = sorted(name for name in dir(protocol_checks) if name.startswith("check_"))


@pytest.mark.parametrize("name", CHECKS)
def test_it_holds_on_cpython(name: str) -> None:
    getattr(protocol_checks, name)()


def test_every_check_holds_on_micropython_too() -> None:
    command, environment = processes.interpreter("micropython")
    finished = subprocess.run(
        [*command, str(processes.HERE / "protocol_checks.py"), str(processes.VECTORS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert f"{len(CHECKS)} passed, 0 failed" in finished.stdout, finished.stdout + finished.stderr
    assert finished.returncode == 0
