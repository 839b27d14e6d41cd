"""What an organisation has bought and asks for, and what one of its people has of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A right to take a course until a moment, for a number of people.

    ``skill`` is what the course teaches, None where no catalogue has it. ``seats_used`` is the
    vendor's count. The contract is good before ``expires_at`` and over from it on.
    """

    id: str
    course: str
    skill: str | None
    seats: int
    seats_used: int
    expires_at: datetime

    def __post_init__(self) -> None:
        """A moment without a zone is none: raises ValueError."""
        if self.expires_at.tzinfo is None:
            raise ValueError(f"contract {self.id} has an end without a time zone")

    @property
    def seats_available(self) -> int:
        """Seats that nobody has, never negative."""
        return max(0, self.seats - self.seats_used)

    @property
    def last_day(self) -> date:
        """The day in UTC on which it expires."""
        return self.expires_at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A course that everybody has to complete by the end of the day ``due_on`` (UTC)."""

    id: str
    course: str
    skill: str | None
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """When a source outside last said what an organisation has, and for how long its word holds.

    ``at`` is aware, None when the source has never said anything. After ``stale_after_s`` seconds its
    word is used and doubted, after ``void_after_s`` it counts no more.
    """

    at: datetime | None
    stale_after_s: int
    void_after_s: int

    def is_stale(self, now: datetime) -> bool:
        """True when the source should have said something newer by ``now`` (aware)."""
        return self._older(self.stale_after_s, now)

    def is_void(self, now: datetime) -> bool:
        """True when nothing may be concluded from it any more at ``now`` (aware)."""
        return self._older(self.void_after_s, now)

    def _older(self, seconds: int, now: datetime) -> bool:
        """What lies ahead by more was written by a clock that was wrong: how old it is nobody knows."""
        return self.at is None or abs((now - self.at).total_seconds()) > seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """An organisation's contracts and trainings as they were read at ``as_of`` (aware).

    ``confirmation`` is None where the store that they were read from is itself the source.
    """

    contracts: tuple[Contract, ...]
    trainings: tuple[Training, ...]
    as_of: datetime
    confirmation: Confirmation | None = None

    @property
    def known_as_of(self) -> datetime | None:
        """The moment of which the source spoke; None when it never did."""
        return self.as_of if self.confirmation is None else self.confirmation.at

    def is_stale(self, now: datetime) -> bool:
        """True when they may be used at ``now`` (aware), but may have changed since."""
        return self.confirmation is not None and self.confirmation.is_stale(now)

    def is_void(self, now: datetime) -> bool:
        """True when nobody may be shown anything for them at ``now`` (aware)."""
        return self.confirmation is not None and self.confirmation.is_void(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementSnapshot:
    """What a person may take and has to take.

    ``seats_held`` are ids of contracts in which the person has a seat, ``completed`` ids of
    trainings that the person has completed. Nothing here says what is expired: that depends
    on when it is asked.
    """

    licences: Licences
    seats_held: frozenset[str] = frozenset()
    completed: frozenset[str] = frozenset()
