"""What stages need from outside, in the words of the core. Implementations live in ``tasks``."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flows.catalogue.model import Catalogue
from flows.intelligence.confidence.port import Calibrations
from flows.intelligence.drafting.port import Drafts, NoDrafts, NoWriter, Writer
from flows.intelligence.entitlements.model import EntitlementSnapshot, Training
from flows.intelligence.mastery import Mastery
from flows.intelligence.patterns.port import PatternSource
from flows.intelligence.profile.features import Features
from flows.intelligence.profile.session import SessionContext
from flows.intelligence.recommender.port import Recommender
from flows.intelligence.rerank.port import NoReranker, Reranker
from flows.intelligence.routing.observations import ModelObservation, ModelTally, NothingObserved
from flows.intelligence.routing.timings import TimingTally
from flows.memory.port import MemoryBank
from flows.saved_path import SavedPath
from flows.signals.events import Event, Kind


class CatalogueLibrary(Protocol):
    """The catalogues an organisation can plan from."""

    def get(self, organisation: str, name: str) -> Catalogue:
        """Return a catalogue; raises UnknownName with the names there are."""
        ...

    def names(self, organisation: str) -> Sequence[str]:
        """Names that ``get`` knows, sorted; the built-in one is always among them."""
        ...


class LearnerRecords(Protocol):
    """What is known about people."""

    def mastery(self, organisation: str, user_id: str) -> Mapping[str, Mastery]:
        """Mastery by skill id, empty for a person nobody has seen. Raises PortUnavailable."""
        ...

    def record(self, organisation: str, user_id: str, mastery: Mapping[str, Mastery]) -> None:
        """Set the mastery of some skills; what is known about others stays. Raises PortUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of events that were sent.

    ``new`` are those that were not there before, in the order in which they were sent: whoever
    learns from events learns from these, so that each counts once. ``duplicates`` is the number
    of the others.
    """

    new: tuple[Event, ...]
    duplicates: int

    @property
    def stored(self) -> int:
        """How many were stored."""
        return len(self.new)


class EventStore(Protocol):
    """Everything that people did, in the order in which it happened."""

    def append(self, events: Sequence[Event]) -> Appended:
        """Store all events, or none when it raises; one whose id the organisation has is left out.

        A person, and an organisation, that nobody has seen before comes into being with it.
        Characters that a database cannot keep are replaced in ``text``. Raises InvalidInput for
        such a character in an id, a time without a zone, and data that is not plain JSON; and
        PortUnavailable.
        """
        ...

    def of_user(
        self,
        organisation: str,
        user_id: str,
        *,
        since: datetime | None = None,
        kinds: Collection[Kind] | None = None,
        limit: int | None = None,
    ) -> Sequence[Event]:
        """A person's events from ``since`` on, oldest first, those of one time by id.

        ``limit`` keeps the newest ones. Raises PortUnavailable.
        """
        ...

    def of_session(self, organisation: str, session_id: str, limit: int) -> Sequence[Event]:
        """The newest events of a session, oldest first. Raises PortUnavailable."""
        ...

    def since(self, organisation: str, moment: datetime, page: int = 1000) -> Iterator[Sequence[Event]]:
        """All events of an organisation from a moment on, oldest first, in pages of that many.

        Made for miners: between two pages nothing is held open, and what arrives meanwhile is
        seen when it comes later in time than the page at hand. Raises PortUnavailable.
        """
        ...


class Profiles(Protocol):
    """What a person's events say about them, rolled up and kept at hand."""

    def features(self, organisation: str, user_id: str) -> Features:
        """The features of a person; of one whom nobody has seen, empty ones. Raises PortUnavailable."""
        ...

    def session(self, organisation: str, session_id: str) -> SessionContext | None:
        """What is going on in a session; None when nobody has seen it. Raises PortUnavailable."""
        ...

    def changed(self, events: Sequence[Event]) -> None:
        """Compute afresh what these events, which are stored already, made out of date. Never raises."""
        ...

    def forget(self, organisation: str, user_id: str, sessions: Collection[str]) -> None:
        """Keep nothing of a person and their sessions. Raises PortUnavailable."""
        ...


class ModelObservations(Protocol):
    """How language models did, and which of them there are."""

    def tallies(self, organisation: str) -> Sequence[ModelTally]:
        """The newest uses by model, task, language and complexity, empty for who used none.

        Raises PortUnavailable.
        """
        ...

    def record(self, organisation: str, observation: ModelObservation) -> None:
        """Keep one use; an id that the organisation has is left out.

        An organisation that nobody has seen before comes into being with it. Raises InvalidInput
        with the field for what cannot be kept, and PortUnavailable.
        """
        ...

    def timings(self) -> Sequence[TimingTally]:
        """What one token took on own servers, by model and prompt size. Raises PortUnavailable."""
        ...

    def available(self) -> Collection[str] | None:
        """Ids of the models that the local server has, None where nobody knows. Raises PortUnavailable."""
        ...


class Entitlements(Protocol):
    """What an organisation has bought, and what a person has of it."""

    def of(self, organisation: str, user_id: str) -> EntitlementSnapshot:
        """Contracts, seats, trainings and completions; those of nobody for somebody unknown.

        What it holds may be minutes old and says so in ``licences.as_of``; whether a contract
        is over is for the caller to judge. Raises PortUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A mandatory training and how many members of a team have completed it."""

    training: Training
    completed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSnapshot:
    """A team without names: ``size`` members, of whom ``members`` have been observed.

    ``members`` holds the mastery by skill id of each, in no order that means anything; of a very
    large team only some are read.
    """

    size: int
    members: tuple[Mapping[str, Mastery], ...] = ()
    trainings: tuple[TrainingState, ...] = ()


class TeamRecords(Protocol):
    """What is known about people who work together. What ``of`` returns says not who anybody is."""

    def of(self, organisation: str, team_id: str | None) -> TeamSnapshot:
        """The members of a team, or of the whole organisation. Raises PortUnavailable.

        An organisation or team that nobody has heard of has no members.
        """
        ...

    def teams(self, organisation: str) -> Sequence[str]:
        """Ids of the organisation's teams, sorted. Raises PortUnavailable."""
        ...

    def members(self, organisation: str, team_id: str) -> Sequence[str]:
        """Ids of a team's people, sorted, for whoever may act on each of them. Raises PortUnavailable."""
        ...


Cursor = tuple[datetime, str]  #: When a saved path was made, and its id: a place in a list of them.


class SavedPaths(Protocol):
    """Learning paths that people keep."""

    def save(self, organisation: str, id_: str, request: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
        """Keep a path; one that is there already stays as it is. Raises PortUnavailable.

        An organisation that nobody has seen before comes into being with it.
        """
        ...

    def get(self, organisation: str, id_: str) -> SavedPath:
        """A path; raises PathNotFound, also for one of another organisation, and PortUnavailable."""
        ...

    def of_user(
        self, organisation: str, user_id: str, *, limit: int, before: Cursor | None = None
    ) -> Sequence[SavedPath]:
        """A person's newest paths, newest first, those of one time by id. Raises PortUnavailable.

        With ``before``, those that come after that place in the list.
        """
        ...

    def change(
        self,
        path: SavedPath,
        *,
        request: Mapping[str, Any] | None = None,
        plan: Mapping[str, Any] | None = None,
        done_weeks: Sequence[int] | None = None,
    ) -> SavedPath:
        """Change what is given, and return the path as it is then, a revision on.

        Raises PathChanged when it is not at the revision of ``path`` any more, PathNotFound when it
        is gone, and PortUnavailable.
        """
        ...

    def delete(self, organisation: str, id_: str) -> None:
        """Keep a path no longer. Raises PathNotFound and PortUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports that a stage may ask."""

    catalogues: CatalogueLibrary
    learners: LearnerRecords
    profiles: Profiles
    calibrations: Calibrations
    events: EventStore
    patterns: PatternSource
    recommender: Recommender
    memories: MemoryBank
    models: ModelObservations = field(default_factory=NothingObserved)
    reranker: Reranker = field(default_factory=NoReranker)
    writer: Writer = field(default_factory=NoWriter)
    drafts: Drafts = field(default_factory=NoDrafts)
    entitlements: Entitlements
    teams: TeamRecords
    saved_paths: SavedPaths
