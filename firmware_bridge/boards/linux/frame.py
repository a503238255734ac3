"""A picture in this computer's memory."""

from ...wearable import drivers


class BytesFrame(drivers.Frame):
    """A JPEG as bytes."""

    def __init__(self, jpeg: bytes, taken_ms: int) -> None:
        """`taken_ms` is of the board's clock."""
        self._jpeg = jpeg
        self.size = len(jpeg)
        self.taken_ms = taken_ms

    def read_into(self, offset: int, target: memoryview) -> None:
        """Copies the bytes from `offset` on."""
        target[:] = self._jpeg[offset : offset + len(target)]
