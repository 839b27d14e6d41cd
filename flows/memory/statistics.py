"""How common words are among an organisation's memories, estimated from some of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

#: Memories that are looked at: a share of 1 in 100 comes out right to about a third, and a smaller
#: organisation is counted whole.
SAMPLE = 1_000


#: A word is in one of twenty memories until more is known, which counts as much as ten memories: in
#: a bank of a few, hardly any word is common or rare yet.
USUAL_SHARE, WORTH = 0.05, 10


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of a sample. ``memories`` is how many there are in all, ``sampled`` how many were read.

    ``containing`` has, by term, the sampled memories with it; ``mean_length`` is in words.
    """

    memories: int
    sampled: int
    containing: Counter[str]
    mean_length: float

    @classmethod
    def of(cls, memories: int, sample: Iterable[str]) -> "Statistics":
        """From memories as they are indexed: terms with a space between them."""
        containing: Counter[str] = Counter()
        sampled = length = 0
        for terms in sample:
            found = terms.split(" ")
            sampled += 1
            length += len(found)
            containing.update(set(found))
        return cls(memories, sampled, containing, max(1.0, length / max(1, sampled)))

    def share(self, term: str) -> float:
        """The estimated part of memories with this term, above 0 and below 1."""
        return (self.containing[term] + USUAL_SHARE * WORTH) / (self.sampled + WORTH)

    def information(self, term: str) -> float:
        """What it says that a memory has this term, in nats: BM25's weight of a term.

        The logarithm of Spärck Jones (1972) over the smoothed share, which is never negative.
        """
        return -log(self.share(term))

    def expected(self, term: str) -> float:
        """How many memories have it, about."""
        return self.share(term) * self.memories
