"""The port over patterns that are held in this process."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from flows.intelligence.patterns.candidates import Candidate, candidates
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.model import Scope
from flows.intelligence.patterns.resolutions import Resolution, resolutions
from flows.intelligence.patterns.table import PatternTable
from flows.signals.events import Event

MOST_PEOPLE_HELD = 1_000  #: People whose own patterns are kept at hand.

OwnPatterns = Callable[[str, str], PatternTable]  #: Of an organisation's person.


class InProcessPatterns:
    """Answers from tables as they were when it was made; new events take a new one."""

    def __init__(
        self,
        own: OwnPatterns,
        organisations: Mapping[str, PatternTable],
        overall: PatternTable,
        *,
        people: int = 3,
    ) -> None:
        """``own`` is asked once per person; patterns of fewer than ``people`` are used for nobody else."""
        self._own = lru_cache(MOST_PEOPLE_HELD)(own)
        self._organisations = organisations
        self._overall = overall
        self._people = people

    @classmethod
    def of(cls, miner: Miner) -> "InProcessPatterns":
        """Over what a miner holds; mines what is not mined yet."""
        organisations = {name: miner.of_organisation(name) for name in miner.organisations()}
        return cls(miner.of_person, organisations, miner.overall(), people=miner.limits.people)

    def candidates_for(
        self, organisation: str, user_id: str, history: Sequence[Event], limit: int
    ) -> Sequence[Candidate]:
        """Things to do or ask next, the likeliest first."""
        return candidates(self._tables(organisation, user_id), history, limit, people=self._people)

    def resolutions_for(
        self, organisation: str, user_id: str, message: str, limit: int
    ) -> Sequence[Resolution]:
        """What worked before against an error, the person's own first."""
        return resolutions(self._tables(organisation, user_id), message, limit, people=self._people)

    def _tables(self, organisation: str, user_id: str) -> list[PatternTable]:
        """From the narrowest to the widest."""
        nothing = PatternTable(Scope.ORGANISATION, {})
        return [
            self._own(organisation, user_id),
            self._organisations.get(organisation, nothing),
            self._overall,
        ]
