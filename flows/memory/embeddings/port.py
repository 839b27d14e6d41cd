"""What is asked of an embedding model and of an index of vectors, in the words of the core."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from flows.memory.model import MemoryKind, Scope, Visibility

#: The direction of a text's meaning. Only angles between vectors of one model say anything.
Vector = tuple[float, ...]


class Purpose(StrEnum):
    """Many models embed a question otherwise than what may answer it."""

    QUERY = "query"
    DOCUMENT = "document"


class Embedder(Protocol):
    """An embedding model."""

    @property
    def fingerprint(self) -> str:
        """Short text that is another one when a document's vector would be, or is kept elsewhere."""
        ...

    @property
    def model(self) -> str:
        """What people call it."""
        ...

    def embed(
        self, texts: Sequence[str], purpose: Purpose, deadline_s: float, *, patient: bool
    ) -> Sequence[Vector]:
        """A vector for each text, in their order, all of one length, finite and none of them zero.

        ``patient`` says that no person waits for it. Raises PortUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose memories a person may be reminded of; the index only narrows by it, the store decides."""

    organisation: str
    user_id: str
    policy: Scope
    mates: frozenset[str]
    kinds: Collection[MemoryKind] | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A memory as the index has it: its number in the store, its vector, and who may see it. No text."""

    number: int
    vector: Vector
    organisation: str
    user_id: str
    kind: MemoryKind
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class Near:
    """The memories nearest to a question: number to similarity, 0 to 1.

    ``least`` is how much of it makes a memory worth showing that has none of the question's words. ``far``
    are memories that were asked about, and are in the index but not among the nearest.
    """

    similarities: Mapping[int, float]
    least: float
    far: Collection[int] = ()


class Neighbours(Protocol):
    """Finds memories by what they mean."""

    def near(self, sight: Sight, query: str, about: Collection[int], within_s: float | None) -> Near | None:
        """The nearest that a person may see, and what of ``about`` is known and far; None before there is
        an index of all.

        ``within_s`` is how long the caller can wait, None for as long as it takes. Raises PortUnavailable.
        """
        ...


class VectorIndex(Protocol):
    """Collections of points that can be thrown away and filled again. Everything raises PortUnavailable.

    What changes a collection is done when the call returns, and may be done twice.
    """

    def near(
        self, collection: str, vector: Vector, sight: Sight, limit: int, deadline_s: float
    ) -> Mapping[int, float]:
        """The nearest points that a person may see, as number: cosine, -1 to 1."""
        ...

    def ensure(self, collection: str, dimension: int) -> None:
        """Make a collection for vectors of this length, unless it is there."""
        ...

    def put(self, collection: str, points: Sequence[Point]) -> None:
        """Add points; one whose number is there takes its place."""
        ...

    def remove(self, collection: str, numbers: Collection[int]) -> None:
        """Take points out; those that are not there, and a collection that is not, are fine."""
        ...

    def count(self, collection: str) -> int:
        """How many points there are, exactly; none in a collection that is not there."""
        ...

    def numbers(self, collection: str, start: int, limit: int) -> Sequence[int]:
        """The lowest numbers from ``start`` on, rising."""
        ...

    def drop(self, collection: str) -> None:
        """Let go of a collection, if it is there."""
        ...
