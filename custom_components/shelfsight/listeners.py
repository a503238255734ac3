"""Whoever wants to be told of something."""

from collections.abc import Callable


class Listeners[**P]:
    """Functions that are called, in no order, when there is something to tell."""

    def __init__(self) -> None:
        self._listeners: set[Callable[P, None]] = set()

    def __bool__(self) -> bool:
        """True when anybody wants to be told."""
        return bool(self._listeners)

    def add(self, listener: Callable[P, None]) -> Callable[[], None]:
        """Tell this one too; call the result to stop."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell all of them; one that goes away meanwhile, or comes, does not matter."""
        for listener in list(self._listeners):
            listener(*args, **kwargs)
