"""The files of a board, put together in a folder as they will lie on it. Nothing secret is among them."""

from __future__ import annotations

from collections.abc import Iterable
import json
from pathlib import Path
import shutil

SERVICE = "service"  # while this file is there the program does not start (main.py)


def languages_of(phrases: Path) -> list[str]:
    """In which languages there are phrases."""
    return sorted(folder.name for folder in phrases.iterdir() if any(folder.glob("*.wav")))


def build(
    target: Path, firmware_bridge: Path, config: dict[str, object], languages: Iterable[str], roots: bytes
) -> int:
    """Fills `target`; returns how many bytes that are."""
    _copy(firmware_bridge / "wearable", target / "wearable", "*.py")
    _copy(firmware_bridge / "boards" / "esp32", target / "boards" / "esp32", "*.py")
    shutil.copyfile(firmware_bridge / "boards" / "__init__.py", target / "boards" / "__init__.py")
    (target / "boards" / "esp32" / "main.py").rename(target / "main.py")
    for language in languages:
        _copy(firmware_bridge / "phrases" / language, target / "phrases" / language, "*.wav")
    (target / "config.json").write_text(json.dumps(config) + "\n", encoding="utf-8")
    if roots:
        (target / "roots.der").write_bytes(roots)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def _copy(source: Path, target: Path, pattern: str) -> None:
    target.mkdir(parents=True)
    for path in sorted(source.glob(pattern)):
        shutil.copyfile(path, target / path.name)
