"""The Live server as a process, and each client's conversations with it, held once and looked at by several tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import secrets
import selectors
import statistics
import subprocess
import sys
from time import monotonic

import pytest

from tests.clients.conversations import (
    BY_MARKERS,
    BY_SILENCE,
    PIPECAT_BY_MARKERS,
    PIPECAT_BY_SILENCE,
    Conversation,
    Expected,
)
from tests.clients.environments import REPOSITORY, Client, NotToBeHadError, node_client, python_client
from tests.clients.errand import REPORT_PLACE, Errand, Told, read_report

_START_LIMIT_S = 60.0
_CONVERSATION_LIMIT_S = 300.0
_MODEL = "gemini-3.8-live"

CLIENTS: dict[str, Callable[[], Client]] = {
    "genai-home": lambda: python_client("clients-genai-home", "genai_client.py"),
    "genai-newest": lambda: python_client("clients-genai-newest", "genai_client.py", newest="google-genai"),
    "node": node_client,
    "pipecat": lambda: python_client("clients-pipecat", "pipecat_client.py", newest="pipecat-ai"),
}
CONVERSATIONS: dict[str, dict[str, Conversation]] = {
    name: {"by silence": BY_SILENCE, "by markers": BY_MARKERS} for name in ("genai-home", "genai-newest", "node")
} | {"pipecat": {"by silence": PIPECAT_BY_SILENCE, "by markers": PIPECAT_BY_MARKERS}}


@dataclass(frozen=True, slots=True)
class LiveServer:
    """``python -m local_live`` with the real shelf reader. Its log grows while it is used."""

    base_url: str
    key: str
    certificate: Path
    log: Path


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that was held: what was meant, what the client tells of it, what the server logged meanwhile."""

    client: str
    name: str
    conversation: Conversation
    turns: tuple[Told, ...]
    expected: tuple[Expected, ...]
    server_log: str
    took_s: float


_held: list[Held] = []
_notes: list[str] = []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder, key = tmp_path_factory.mktemp("server"), secrets.token_hex(16)
    state, log = folder / "state", folder / "log"
    command = [sys.executable, "-m", "local_live", "--port", "0", "--state", str(state), "--key", key]
    with (
        log.open("w") as log_file,
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=log_file, text=True) as process,
    ):
        try:
            ready = _first_line(process, log)
            yield LiveServer(f"https://127.0.0.1:{ready['port']}", key, state / "certificate.pem", log)
            assert process.poll() is None, f"the server ended by itself: {log.read_text()[-2000:]}"
        finally:
            process.terminate()


def _first_line(process: subprocess.Popen[str], log: Path) -> dict[str, int]:
    assert process.stdout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(_START_LIMIT_S) else ""
    assert line, f"the server does not listen: {log.read_text()[-2000:]}"
    return json.loads(line)


@pytest.fixture(scope="session", params=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> tuple[str, Client]:
    try:
        made = CLIENTS[request.param]()
    except NotToBeHadError as error:
        pytest.fail(f"{request.param}: {error}", pytrace=False)
    if made.note:
        _notes.append(f"{request.param}: {made.note}")
    return request.param, made


@pytest.fixture(scope="session", params=["by silence", "by markers"])
def held(
    request: pytest.FixtureRequest,
    client: tuple[str, Client],
    server: LiveServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Held:
    """The conversation of one kind that one client held with the server."""
    name, program = client
    conversation = CONVERSATIONS[name][request.param]
    folder = tmp_path_factory.mktemp("errand")
    errand = Errand(
        base_url=server.base_url,
        key=server.key,
        model=_MODEL,
        by_markers=conversation.by_markers,
        function=REPORT_PLACE if conversation.with_function else None,
        turns=tuple(question.asked(folder) for question in conversation.questions),
    )
    errand.write(folder / "errand.json")
    logged_before, began_s = server.log.stat().st_size, monotonic()
    try:
        line = program.run(folder / "errand.json", server.certificate, _CONVERSATION_LIMIT_S)
    except RuntimeError as error:
        pytest.fail(f"{error}\nthe server's log:\n{_log_since(server, logged_before)}", pytrace=False)
    versions, turns = read_report(line)
    log, took_s = _log_since(server, logged_before), monotonic() - began_s
    _held.append(Held(versions, request.param, conversation, turns, conversation.expected(), log, took_s))
    return _held[-1]


def _log_since(server: LiveServer, place: int) -> str:
    with server.log.open() as file:
        file.seek(place)
        return file.read()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say who talked to the server, and how that went."""
    if not _held and not _notes:
        return
    terminalreporter.section("clients")
    for one in _held:
        first = [turn.first_sound_ms for turn in one.turns if turn.first_sound_ms is not None]
        said_s = sum(turn.sound_bytes for turn in one.turns) / 48_000
        terminalreporter.write_line(
            f"{one.client}, {one.name}: {len(one.turns)} turns in {one.took_s:.0f} s, {said_s:.1f} s of speech, "
            f"first sound after {statistics.median(first) if first else float('nan'):.0f} ms (median)"
        )
    for note in _notes:
        terminalreporter.write_line(note)
