"""Why an item is recommended: the sentences of its evidence, what counted most first.

A sentence is made of one piece of evidence and names it. Without the piece there is no sentence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flows.intelligence.explanations.templates import TEMPLATES
from flows.intelligence.ranker.item import Evidence
from flows.intelligence.ranker.scoring import Contribution

#: The features of the ranker that each kind of evidence speaks for. Among kinds that count alike
#: this is the order, the most telling first.
FEATURES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "error": ("relevance",),
    "memory": ("relevance",),
    "resolution": ("relevance",),
    "contract": ("relevance",),
    "seats": ("relevance",),
    "pattern": ("relevance",),
    "history": ("relevance",),
    "review": ("relevance",),
    "goal": ("need",),
    "mastery": ("need", "readiness"),
    "prerequisite": ("readiness",),
    "session": ("session",),
    "popular": ("relevance",),
}
ORDER = tuple(FEATURES_OF_KIND)
LAST_RESORT = "popular"  #: Said only where nothing else can be.


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence, and the ids of the evidence that it rests on."""

    text: str
    evidence_ids: tuple[str, ...]


def explain(
    evidence: Iterable[Evidence],
    contributions: Sequence[Contribution] | None = None,
    *,
    limit: int = 2,
    today: date | None = None,
) -> tuple[Explanation, ...]:
    """At most ``limit`` sentences, one per kind of evidence; none where nothing can be said.

    ``contributions`` are those of the item's score: a feature that added nothing explains
    nothing, and the one that added most comes first. None leaves the order to ``ORDER``.
    ``today`` decides whether a date is given with its year.
    """
    added = None if contributions is None else {part.feature: part.contribution for part in contributions}
    pieces = [piece for piece in evidence if piece.kind in TEMPLATES]
    said: dict[str, Explanation] = {}
    for piece in sorted(pieces, key=lambda piece: _place(piece, added)):
        taken = piece.kind in said or (piece.kind == LAST_RESORT and said)
        if not taken and (added is None or _gain(piece.kind, added) > 0):
            sentence = say(piece, today)
            if sentence is not None:
                said[piece.kind] = Explanation(sentence, (piece.id,))
    return tuple(said.values())[:limit]


def say(piece: Evidence, today: date | None = None) -> str | None:
    """The sentence of one piece of evidence, None when its facts do not carry one."""
    sentences = (template.sentence(piece.facts, today) for template in TEMPLATES.get(piece.kind, ()))
    return next((sentence for sentence in sentences if sentence is not None), None)


def _gain(kind: str, added: Mapping[str, float]) -> float:
    return max(added.get(feature, 0.0) for feature in FEATURES_OF_KIND[kind])


def _place(piece: Evidence, added: Mapping[str, float] | None) -> tuple[bool, float, int, str]:
    gain = 0.0 if added is None else _gain(piece.kind, added)
    return piece.kind == LAST_RESORT, -gain, ORDER.index(piece.kind), piece.id
