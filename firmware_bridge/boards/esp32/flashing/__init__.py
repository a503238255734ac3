"""Putting firmware and files onto an ESP32 from a computer: `scripts/flash`. Runs on CPython 3.9 or later, standard library only."""
