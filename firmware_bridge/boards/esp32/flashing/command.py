"""`scripts/flash`: asks, checks, says what it does in plain sentences, does it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import sys
import tempfile

from . import firmware, network, roots, stage, tools

ROOT = Path(__file__).resolve().parents[4]
FIRMWARE_BRIDGE = ROOT / "firmware_bridge"
_ENTER_SERVICE = f"open('/{stage.SERVICE}', 'w').close()\n".encode()
_LEAVE_SERVICE = f"import os; os.remove('/{stage.SERVICE}'); "


_STOPPED = (EOFError, KeyboardInterrupt)  # named: older Pythons need the parentheses that the formatter takes away


class Refusal(Exception):  # noqa: N818 -- it is no fault
    """It cannot go on; the text is a sentence for a person."""


@dataclass(frozen=True)
class Choices:
    """What is to be done, checked."""

    port: str
    image: firmware.Firmware | None
    erase: bool
    network: tuple[str, str] | None
    config: dict[str, object]
    languages: list[str]
    root_names: list[str]
    roots: bytes


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="scripts/flash",
        description="Puts MicroPython and the wearable's program onto an ESP32-S3 board. May be run again at any time.",
        epilog=f"Download the firmware first, from {firmware.SOURCE}: the file with XIAO_ESP32S3 or FREENOVE_ESP32S3_CAM in "
        "its name. The Wi-Fi password is never an option: it would stay in the shell's history.",
    )
    made.add_argument("--board", choices=sorted(firmware.NAMES), default="xiao_esp32s3_sense")
    made.add_argument("--port", help="serial port; without it the only one there is")
    made.add_argument(
        "--firmware", type=Path, metavar="FILE", help="firmware to write; without it only files are written"
    )
    made.add_argument("--sha256", metavar="SUM", help="what the file's SHA-256 has to be")
    made.add_argument("--erase", action="store_true", help="erase all first: program, home, networks")
    wifi = made.add_mutually_exclusive_group()
    wifi.add_argument("--wifi-stdin", action="store_true", help="network and password: two lines on standard input")
    wifi.add_argument("--wifi-fd", type=int, metavar="N", help="the same, on an open file descriptor")
    wifi.add_argument("--no-wifi", action="store_true", help="leave the networks on the board as they are")
    made.add_argument("--name", default="Shelfsight", help="what people call it, at most 40 characters")
    made.add_argument(
        "--language", action="append", metavar="TAG", help="language of its phrases; the first is the one spoken"
    )
    made.add_argument("--microphone", choices=("i2s", "pdm"), default="i2s", help="pdm needs firmware that can")
    made.add_argument("--speaker-hz", type=int, choices=(24000, 16000), default=24000)
    made.add_argument("--battery", action="store_true", help="a battery is wired with its divider")
    made.add_argument("--privacy-switch", action="store_true", help="a privacy switch is wired")
    made.add_argument(
        "--root",
        type=Path,
        action="append",
        metavar="FILE",
        help="certificate to trust for https, instead of the common ones",
    )
    made.add_argument("--dry-run", action="store_true", help="say what would be done, touch nothing")
    return made


def choose(options: argparse.Namespace, confirm: Callable[[str], bool]) -> Choices:
    """Checks everything before anything is touched.

    Raises:
        Refusal, firmware.FirmwareError, network.NetworkError: something does not fit.
    """
    image = None
    if options.firmware is not None:
        image = _firmware(options, confirm)
    elif options.erase:
        raise Refusal("After erasing, the board needs firmware: give --firmware too.")
    if options.microphone == "pdm" and image is not None and not image.pdm:
        raise Refusal("This firmware cannot read a PDM microphone. Wire an I2S one, or take another firmware.")
    known = stage.languages_of(FIRMWARE_BRIDGE / "phrases")
    languages = [tag.split("-")[0].lower() for tag in options.language or ["en"]]
    missing = [language for language in languages if language not in known]
    if missing:
        raise Refusal(f"There are no phrases in {missing[0]}; there are {', '.join(known)}.")
    try:
        root_names, der = roots.bundle(options.root or [])
    except (OSError, ValueError) as error:
        raise Refusal(f"A file given with --root cannot be used: {error}.") from error
    config = {
        "board": options.board,
        "name": options.name[:40],
        "microphone": options.microphone,
        "speaker_hz": options.speaker_hz,
        "battery": options.battery,
        "privacy_switch": options.privacy_switch,
        "language": languages[0],
    }
    languages = sorted({*languages, "en"})  # what a language lacks is said in English
    return Choices(_port(options), image, options.erase, _network(options), config, languages, root_names, der)


def _firmware(options: argparse.Namespace, confirm: Callable[[str], bool]) -> firmware.Firmware:
    try:
        data = options.firmware.read_bytes()
    except OSError as error:
        raise Refusal(f"{options.firmware} cannot be read: {error.strerror}.") from error
    found = firmware.examine(data, options.sha256)
    expected = firmware.NAMES[options.board]
    doubts = []
    if expected.lower() not in str(options.firmware.resolve()).lower():
        doubts.append(f"Its name does not say {expected}: it may be for another board.")
    if options.sha256 is None:
        doubts.append(
            f"Nobody said what its SHA-256 should be; it is {found.sha256}. Compare it with the download page."
        )
    if doubts and not options.dry_run and not confirm(" ".join(doubts) + " Type yes to go on: "):
        raise Refusal("Nothing was written.")
    return found


def _port(options: argparse.Namespace) -> str:
    if options.port:
        return str(options.port)
    found = tools.ports()
    if len(found) == 1:
        return found[0]
    if options.dry_run:
        return "the board's port"
    if not found:
        raise Refusal("No board is plugged in. If one is: hold BOOT, press RESET, release both, and try again.")
    raise Refusal(f"There are several ports: {', '.join(found)}. Say which with --port.")


def _network(options: argparse.Namespace) -> tuple[str, str] | None:
    if options.no_wifi:
        return None
    if options.dry_run:
        return "that you name", ""
    if options.wifi_stdin:
        return network.read(sys.stdin.fileno())
    if options.wifi_fd is not None:
        return network.read(options.wifi_fd)
    return network.ask()


def carry_out(chosen: Choices, dry: bool, get_tools: Callable[[], Path], say: Callable[[str], None]) -> None:
    """Does it, step by step, each announced.

    Raises:
        tools.ToolError: a step failed; running it all again is safe.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        total = stage.build(files, FIRMWARE_BRIDGE, chosen.config, chosen.languages, chosen.roots)
        # main.py last: a board that was unplugged meanwhile does not start half a program.
        order = sorted(files.iterdir(), key=lambda path: path.name == "main.py")
        image = Path(folder) / "firmware.bin"
        board = None if dry else tools.Tools(get_tools(), chosen.port)
        steps: list[tuple[str, Callable[[tools.Tools], None]]] = []
        if chosen.erase:
            steps.append(("Erasing the board: program, home and networks. Half a minute.", lambda at: at.erase()))
        if chosen.image is not None:
            image.write_bytes(chosen.image.image)
            major, minor = chosen.image.version
            steps.append((f"Writing MicroPython {major}.{minor}. One or two minutes.", lambda at: at.write(image)))
        steps.append(("Stopping the program on the board, if there is one.", _enter_service))
        steps.append(
            (
                f"Copying {total // 1024} kilobytes of files. Two or three minutes the first time.",
                lambda at: _copy_all(at, order),
            )
        )
        if chosen.network is not None:
            ssid, key = chosen.network
            steps.append((f"Keeping the network {ssid} on the board.", lambda at: _keep(at, ssid, key)))
        steps.append(("Starting the program. Listen: the board speaks now.", lambda at: at.restart(_LEAVE_SERVICE)))
        for number, (sentence, step) in enumerate(steps, 1):
            say(f"Step {number} of {len(steps)}: {sentence}")
            if board is not None:
                step(board)


def _enter_service(board: tools.Tools) -> None:
    board.run(_ENTER_SERVICE, soft_reset=True)
    board.restart()


def _copy_all(board: tools.Tools, order: list[Path]) -> None:
    for path in order:
        board.copy(path, "/")


def _keep(board: tools.Tools, ssid: str, key: str) -> None:
    if "kept" not in board.run(network.program(ssid, key)):
        raise tools.ToolError("The board did not keep the network. Its memory may be full: run this with --erase.")


def main() -> int:
    """Returns the exit status: 0, 1 when a step failed, 2 when it refused to begin."""
    options = parser().parse_args()
    try:
        chosen = choose(options, lambda question: input(question).strip().lower() == "yes")
    except (Refusal, firmware.FirmwareError, network.NetworkError) as error:
        print(f"flash: {error}", file=sys.stderr)
        return 2
    except _STOPPED:
        print("\nflash: nothing was written.", file=sys.stderr)
        return 2
    print(f"Board: {options.board} at {chosen.port}. Languages: {', '.join(chosen.languages)}.")
    print(f"It will trust these roots for https: {', '.join(chosen.root_names) or 'none'}.")
    if options.dry_run:
        print("This is a dry run: nothing is touched, and the network is not asked for.")
    try:
        carry_out(chosen, options.dry_run, lambda: tools.get(tools.FOLDER), print)
    except tools.ToolError as error:
        print(f"flash: {error}", file=sys.stderr)
        print("flash: you may run the same command again; it does no harm.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nflash: stopped. The board needs this to run to its end: run it again.", file=sys.stderr)
        return 1
    print(
        "Nothing was written."
        if options.dry_run
        else "Done. Pair it now: open Home Assistant, and listen for six digits."
    )
    return 0
