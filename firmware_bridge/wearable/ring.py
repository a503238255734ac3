"""A ring of bytes, allocated once: sound waits in it between a microphone and the network, or the network and a speaker."""


class Ring:
    """First in, first out; never larger than `capacity` bytes; copies in at most two slices."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.count = 0
        self._start = 0
        self._view = memoryview(bytearray(capacity))

    def write(self, data: memoryview) -> int:
        """Takes as much of `data` as there is room for; returns how many bytes."""
        count = min(len(data), self.capacity - self.count)
        place = (self._start + self.count) % self.capacity
        first = min(count, self.capacity - place)
        self._view[place : place + first] = data[:first]
        self._view[: count - first] = data[first:count]
        self.count += count
        return count

    def read_into(self, target: memoryview) -> int:
        """Moves the oldest bytes into `target`; returns how many there were."""
        count = min(len(target), self.count)
        first = min(count, self.capacity - self._start)
        target[:first] = self._view[self._start : self._start + first]
        target[first:count] = self._view[: count - first]
        self.drop(count)
        return count

    def drop(self, count: int) -> None:
        """Forgets the oldest `count` bytes."""
        count = min(count, self.count)
        self._start = (self._start + count) % self.capacity
        self.count -= count

    def clear(self) -> None:
        """Forgets everything."""
        self.drop(self.count)
