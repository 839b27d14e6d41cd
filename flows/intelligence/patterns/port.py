"""What stages ask of patterns, in the words of the core."""

from collections.abc import Sequence
from typing import Protocol

from flows.intelligence.patterns.candidates import Candidate
from flows.intelligence.patterns.resolutions import Resolution
from flows.signals.events import Event


class PatternSource(Protocol):
    """Patterns of behaviour: mined in this process, or by a service over HTTP."""

    def candidates_for(
        self, organisation: str, user_id: str, history: Sequence[Event], limit: int
    ) -> Sequence[Candidate]:
        """Things to do or ask next, the likeliest first; empty for want of patterns.

        ``history`` holds recent events of the person, also such as no pattern was mined from yet.
        Raises PortUnavailable.
        """
        ...

    def resolutions_for(
        self, organisation: str, user_id: str, message: str, limit: int
    ) -> Sequence[Resolution]:
        """What worked before against an error, the person's own first. Raises PortUnavailable."""
        ...
