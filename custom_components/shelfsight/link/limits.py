"""The numbers of the protocol: versions, streams, and what is at most allowed (PROTOCOL.md, section 8)."""

PROTOCOL = 1
"""The newest version this home speaks."""
OLDEST_PROTOCOL = 1
"""The oldest version this home still speaks."""
PAIRING_PROTOCOL = 1
"""The version of pairing, which has a number of its own."""

UNPROVEN_LIMIT_BYTES = 4096
TEXT_LIMIT_BYTES = 16384
MICROPHONE_LIMIT_BYTES = 2048
PICTURE_PART_LIMIT_BYTES = 4096
PICTURE_LIMIT_BYTES = 2 * 1024 * 1024
SPEAKER_LIMIT_BYTES = 4096

STREAM_MICROPHONE = 1
STREAM_PICTURE = 2
STREAM_SPEAKER = 3

HOME_NAME_LIMIT = 80
URL_LIMIT_BYTES = 200
URL_LIMIT = 4


def speaks(version: int, oldest: int = OLDEST_PROTOCOL, newest: int = PROTOCOL) -> bool:
    """True when a home that speaks `oldest` to `newest` (this one, unless they are named) speaks this version."""
    return oldest <= version <= newest


def fitting_urls(urls: list[str]) -> list[str]:
    """The URLs that a wearable takes, in their order: at most four, none longer than the protocol allows."""
    return [url for url in urls if len(url.encode()) <= URL_LIMIT_BYTES][:URL_LIMIT]
