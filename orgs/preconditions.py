"""What a caller may insist on at the moment when nobody else can change a thing any more."""

from collections.abc import Callable

Precondition = Callable[[], object]
"""Called by a service when it holds its locks, before it changes anything; raises to refuse."""


def none() -> None:
    """Insist on nothing."""
