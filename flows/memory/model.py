"""What the memory bank keeps, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_TEXT = 4_000  #: Characters: a solution or note, not a document.
MAX_TITLE = 200
MAX_ERROR = 1_000
MAX_TAGS, MAX_TAG = 20, 64


class MemoryKind(StrEnum):
    """What is remembered."""

    SOLUTION = "solution"
    SESSION = "session"
    NOTE = "note"


class Visibility(StrEnum):
    """Who may be reminded of it beside its owner."""

    PRIVATE = "private"
    TEAM = "team"
    ORGANISATION = "organisation"


class Scope(StrEnum):
    """Where a memory was found, seen from who asks; also how far an organisation lets people look."""

    OWN = "own"
    TEAM = "team"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing that one person may want to be reminded of.

    ``id`` is unique inside the organisation. ``at`` is aware and in UTC. ``skill`` is a skill id of
    the catalogue; ``error`` is the message that a solution is for; ``success`` says whether it
    worked (None: not known); ``events`` are the ids of the events that it was made from.
    """

    id: str
    organisation: str
    user_id: str
    kind: MemoryKind
    text: str
    at: datetime
    title: str = ""
    skill: str | None = None
    error: str = ""
    tags: tuple[str, ...] = ()
    success: bool | None = None
    visibility: Visibility = Visibility.PRIVATE
    session_id: str | None = None
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """How many memories were stored, and how many were there already."""

    stored: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What a score is made of, each 0 to 1; ``flows.memory.ranking`` says how.

    ``text`` is how well its text fits, by words and meaning; ``similarity`` is the meaning by itself.
    """

    text: float
    recency: float
    success: float
    scope: float
    similarity: float = 0.0

    def to_json(self) -> Mapping[str, float]:
        """As it goes over the wire; the similarity where there is any."""
        named = {"text": self.text, "recency": self.recency, "success": self.success, "scope": self.scope}
        if self.similarity:
            named["similarity"] = self.similarity
        return {name: round(value, 4) for name, value in named.items()}


@dataclass(frozen=True, slots=True)
class Recalled:
    """A memory that fits a query: its score 0 to 1, what that is made of, and where it was found.

    ``matched`` are the words of the query that it has, the rarest first.
    """

    memory: Memory
    score: float
    parts: Parts
    scope: Scope
    matched: tuple[str, ...]
