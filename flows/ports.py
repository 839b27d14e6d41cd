"""What stages need from outside, in the words of the core. Implementations live in ``tasks``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flows.catalogue.model import Catalogue


@dataclass(frozen=True, slots=True)
class Mastery:
    """How well one person masters one skill.

    ``level`` is the estimated probability of solving a typical task of the skill, 0 to 1;
    ``observations`` is the number of events that the estimate rests on.
    """

    level: float
    observations: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports that a stage may ask."""

    catalogues: CatalogueLibrary
    learners: LearnerRecords
