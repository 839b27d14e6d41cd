"""What drafting needs from outside: a model that writes, and a place where drafts are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from flows.deadline import Deadline
from flows.errors import RerankFailed
from flows.intelligence.drafting.model import Draft, Kind
from flows.intelligence.rerank.port import Outcome


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote, whatever it is, and which model that was."""

    model: str
    text: str


class Writer(Protocol):
    """A language model that writes some text in some seconds."""

    def write(self, prompt: str, tokens: int, deadline: Deadline) -> Written:
        """What comes after a prompt, at most so many tokens. Raises RerankFailed with its outcome."""
        ...


class NoWriter:
    """Stands where no model is configured."""

    def write(self, prompt: str, tokens: int, deadline: Deadline) -> Written:
        """Nobody writes."""
        raise RerankFailed(Outcome.NOT_CONFIGURED, "no model is configured")


class Drafts(Protocol):
    """The drafts of organisations."""

    def headlines(self, organisation: str, kind: Kind, skill: str) -> Sequence[str]:
        """What every draft says in short, those that were rejected too. Raises PortUnavailable."""
        ...

    def add(self, organisation: str, drafts: Sequence[Draft], model: str) -> int:
        """Keep drafts until somebody looks at them; returns how many are new. Raises PortUnavailable."""
        ...

    def accepted(self, organisation: str) -> Sequence[Draft]:
        """What may be shown, by id; may be half a minute old. Raises nothing of ours."""
        ...

    def with_room(self, most: int) -> Sequence[str]:
        """Organisations that have fewer drafts than that to look at, sorted. Raises PortUnavailable."""
        ...


class NoDrafts:
    """The drafts of a service that keeps none."""

    def headlines(self, organisation: str, kind: Kind, skill: str) -> Sequence[str]:
        """None."""
        return ()

    def add(self, organisation: str, drafts: Sequence[Draft], model: str) -> int:
        """Forget them."""
        return 0

    def accepted(self, organisation: str) -> Sequence[Draft]:
        """None."""
        return ()

    def with_room(self, most: int) -> Sequence[str]:
        """Nobody has room for what is not kept."""
        return ()
