"""ESP32-S3 boards under MicroPython: drivers and start-up, nothing else.

Runs on MicroPython only, where `wearable` and `boards` are packages at the top; `docs/build-esp32.md` is the page for
people who build one.
"""
