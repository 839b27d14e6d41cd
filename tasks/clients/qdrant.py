"""Qdrant over REST as the index of vectors."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flows.errors import BadUpstreamAnswer, InvalidInput, UpstreamRefused
from flows.memory.embeddings import qdrant
from flows.memory.embeddings.port import Point, Sight, Vector
from tasks.clients.base import UpstreamClient, path_of

T = TypeVar("T")

CHANGE_S = 10.0  #: Nobody waits for what changes the index.
MISSING = 404
TAKEN = (400, 409)  #: A collection of that name is there: the second since 1.9.


@dataclass(frozen=True, slots=True)
class Qdrant:
    """A VectorIndex. Threads may share it; each process builds its own.

    ``quick`` is for questions of people, ``patient`` for everything else; both lead to the same server.
    """

    quick: UpstreamClient
    patient: UpstreamClient

    def near(
        self, collection: str, vector: Vector, sight: Sight, limit: int, deadline_s: float
    ) -> Mapping[int, float]:
        """The nearest points that a person may see. Raises PortUnavailable."""
        path, body = _path(collection, "points", "query"), qdrant.query_body(vector, sight, limit)
        answer = self.quick.call("POST", path, body, deadline_s, idempotent=True)
        return _read(self.quick, answer, qdrant.cosines_in)

    def ensure(self, collection: str, dimension: int) -> None:
        """Make a collection, unless it is there; raises PortUnavailable, also for one of another kind."""
        fields = self._fields(collection, dimension)
        if fields is None:
            try:
                self._ask("PUT", _path(collection), qdrant.collection_body(dimension))
            except UpstreamRefused as error:  # Somebody made it meanwhile.
                if error.status not in TAKEN:
                    raise
            fields = self._fields(collection, dimension) or frozenset()
        for field in qdrant.FIELDS:
            if field not in fields:
                self._change("PUT", _path(collection, "index"), qdrant.field_body(field))

    def put(self, collection: str, points: Sequence[Point]) -> None:
        """Add points, or put them in place of those with their numbers. Raises PortUnavailable."""
        self._change("PUT", _path(collection, "points"), qdrant.points_body(points))

    def remove(self, collection: str, numbers: Collection[int]) -> None:
        """Take points out. Raises PortUnavailable."""
        path = _path(collection, "points", "delete")
        _unless_missing(lambda: self._change("POST", path, qdrant.remove_body(numbers)), None)

    def count(self, collection: str) -> int:
        """How many points there are. Raises PortUnavailable."""

        def counted() -> int:
            answer = self._ask("POST", _path(collection, "points", "count"), {"exact": True})
            return _read(self.patient, answer, qdrant.count_in)

        return _unless_missing(counted, 0)

    def numbers(self, collection: str, start: int, limit: int) -> Sequence[int]:
        """The lowest numbers from ``start`` on. Raises PortUnavailable."""
        path, body = _path(collection, "points", "scroll"), qdrant.scroll_body(start, limit)
        return _read(self.patient, self._ask("POST", path, body), qdrant.numbers_in)

    def drop(self, collection: str) -> None:
        """Let go of a collection. Raises PortUnavailable."""
        _unless_missing(lambda: self._ask("DELETE", _path(collection), None), None)

    def _fields(self, collection: str, dimension: int) -> frozenset[str] | None:
        """The indexed fields of a collection, None where there is no collection."""
        found = _unless_missing(lambda: self._ask("GET", _path(collection), None), None)
        if found is None:
            return None
        size, distance, fields = _read(self.patient, found, qdrant.described)
        if (size, distance) != (dimension, qdrant.DISTANCE):
            raise BadUpstreamAnswer(
                f"{self.patient.settings.name} has a collection {collection} that is not for vectors of"
                f" {dimension} numbers compared by cosine; remove it, or set another QDRANT_COLLECTION"
            )
        return fields

    def _change(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        """A change that is done before the answer comes."""
        answer = self._ask(method, path + "?wait=true", body)
        if not _read(self.patient, answer, qdrant.done):
            raise BadUpstreamAnswer(f"{self.patient.settings.name} did not say that the change is done")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        """Every call may be repeated: points have numbers of ours."""
        return self.patient.call(method, path, body, CHANGE_S, idempotent=True)


def _path(collection: str, *rest: str) -> str:
    return path_of("collections", collection, *rest)


def _unless_missing(ask: Callable[[], T], otherwise: T) -> T:
    """What comes back, or ``otherwise`` where there is no such collection."""
    try:
        return ask()
    except UpstreamRefused as error:
        if error.status != MISSING:
            raise
        return otherwise


def _read(client: UpstreamClient, answer: object, read: Callable[[object], T]) -> T:
    try:
        return read(answer)
    except InvalidInput as error:
        where = f"{error.field} " if error.field else ""
        raise BadUpstreamAnswer(f"{client.settings.name} answered wrong: {where}{error}") from error
