"""What the clients of services need of a connection, in their words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from flows.errors import InvalidInput, PortUnavailable
from flows.json_object import JsonObject

T = TypeVar("T")


class Caller(Protocol):
    """Calls one service, whose address it knows."""

    def call(
        self, method: str, path: str, json: Mapping[str, Any], *, deadline_s: float, idempotent: bool
    ) -> Any:
        """The decoded JSON of a success, which is there within ``deadline_s`` seconds.

        ``path`` begins with a slash; ``idempotent`` says that the call may be sent again. Raises
        PortUnavailable for everything else.
        """
        ...


def ask(
    caller: Caller, path: str, body: Mapping[str, Any], deadline_s: float, read: Callable[[JsonObject], T]
) -> T:
    """POST a question, and what ``read`` makes of the object that answers it.

    Every call of the contracts may be repeated.
    Raises PortUnavailable, also for an answer that ``read`` refuses with InvalidInput.
    """
    answer = caller.call("POST", path, body, deadline_s=deadline_s, idempotent=True)
    try:
        return read(JsonObject.of(answer))
    except InvalidInput as error:
        where = error.field or "the whole"
        raise PortUnavailable(f"{path} answered what cannot be read: {where} {error}") from error


def in_batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """The items in their order, so many at a time."""
    return [items[start : start + size] for start in range(0, len(items), size)]
