"""The wearable's logic, one copy for every board.

It runs unchanged on CPython 3.14 and on MicroPython 1.26, where it is imported as `wearable`. So it uses what both
have: no dataclasses, enum, typing, hmac; every import within is relative; what differs between the two is in
`transport.py`. Memory is allocated once where sound and pictures flow. Drivers come in from outside (`drivers.py`).
"""
