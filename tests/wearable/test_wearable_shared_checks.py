"""The pure checks, and the wearable against the protocol's vectors, on both interpreters."""

import asyncio
import inspect
import subprocess
import sys
from types import ModuleType

import protocol_checks
import pytest
import shared_checks
import wear_checks
import wearable_processes as processes

MODULES = (protocol_checks, shared_checks, wear_checks)
for _module in MODULES:
    _module.VECTORS = str(processes.VECTORS)


def checks_of(module: ModuleType) -> list[str]:
    return sorted(name for name in dir(module) if name.startswith("check_"))


@pytest.mark.parametrize(("module", "name"), [(module, name) for module in MODULES for name in checks_of(module)])
def test_it_holds_on_cpython(module: ModuleType, name: str) -> None:
    outcome = getattr(module, name)()
    if inspect.iscoroutine(outcome):
        asyncio.run(outcome)


@pytest.mark.parametrize("module", MODULES)
def test_every_check_holds_on_micropython_too(module: ModuleType) -> None:
    command, environment = processes.interpreter("micropython")
    finished = subprocess.run(
        [*command, str(processes.HERE / f"{module.__name__}.py"), str(processes.VECTORS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert f"{len(checks_of(module))} passed, 0 failed" in finished.stdout, finished.stdout + finished.stderr
    assert finished.returncode == 0


def test_the_vectors_are_what_the_independent_script_computes() -> None:
    subprocess.run([sys.executable, str(processes.VECTORS / "make.py"), "--check"], check=True, timeout=60)
