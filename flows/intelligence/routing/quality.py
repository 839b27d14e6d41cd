"""What quality to expect of a model for a task in a language: estimates that observations move.

An additive model with shrinkage at each level (Gelman et al., Bayesian Data Analysis, chapters 5
and 15, with fixed strengths instead of fitted ones). The card gives the prior of the model
overall. Task, language and complexity each add what is left after the level before, and task and
language together what is left after all of these; each is shrunk to none by the observations that
the level counts as. So two observations of Python reviews move the estimate a little, forty move
it nearly all the way, and what was seen elsewhere fills the gaps. A quality between 0 and 1
counts as that share of a success, which makes the result a Beta distribution.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from flows.catalogue.model_cards import ModelCard
from flows.intelligence.routing.observations import ModelTally

#: Observations that "no difference" counts as. Our judgement: the smaller the differences that are
#: usual at a level, the more.
TASK_WEIGHT = 6.0
LANGUAGE_WEIGHT = 6.0
COMPLEXITY_WEIGHT = 12.0
BOTH_WEIGHT = 8.0
MADE_FOR_LANGUAGE = 0.02  #: What a card's claim to be made for a language is worth.
LEAST, MOST = 0.01, 0.99  #: At 0 and 1 a Beta distribution has no spread left to learn with.


@dataclass(frozen=True, slots=True)
class Posterior:
    """A Beta distribution by its ``mean``, 0 to 1, and its ``strength`` in observations."""

    mean: float
    strength: float

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return sqrt(self.mean * (1 - self.mean) / (self.strength + 1))

    def draw(self, random: Random) -> float:
        """A quality that may be the true one, as probable as it is."""
        return random.betavariate(self.mean * self.strength, (1 - self.mean) * self.strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedQuality:
    """What to expect of one model, 0 to 1, and what that rests on.

    ``here`` is for what was asked; ``overall`` and ``language`` are over all tasks. ``judged``
    counts the observations of the model, ``judged_language`` those of the language, ``judged_here``
    those of task and language together.
    """

    here: Posterior
    overall: float
    language: float
    judged: int
    judged_language: int
    judged_here: int


def expected_quality(
    card: ModelCard,
    tallies: Sequence[ModelTally],
    *,
    task: str | None,
    language: str | None,
    complexity: str,
) -> ExpectedQuality:
    """Posterior of one model from its own tallies; None stands for "no matter which"."""
    rest = _Rest(card, tallies)
    overall = card.quality.overall + rest.level(lambda tally: "", card.quality.weight).get("", 0.0)
    of_task = rest.level(lambda tally: tally.task, TASK_WEIGHT).get(task, 0.0)
    claims = dict.fromkeys(card.languages, MADE_FOR_LANGUAGE)
    of_language = rest.level(lambda tally: tally.language, LANGUAGE_WEIGHT, claims).get(language, 0.0)
    of_complexity = rest.level(lambda tally: tally.complexity, COMPLEXITY_WEIGHT).get(complexity, 0.0)

    def both(tally: ModelTally) -> bool:
        return task in (None, tally.task) and language in (None, tally.language)

    of_both = rest.level(both, BOTH_WEIGHT).get(True, 0.0)
    usual = card.quality.of(task) - card.quality.overall
    mean = overall + usual + of_task + of_language + of_complexity + of_both
    judged_here = rest.judged(both)
    known = min(BOTH_WEIGHT, card.quality.weight + rest.judged(lambda tally: True))
    return ExpectedQuality(
        here=Posterior(min(MOST, max(LEAST, mean)), known + judged_here),
        overall=overall,
        language=overall + of_language,
        judged=rest.judged(lambda tally: True),
        judged_language=rest.judged(lambda tally: tally.language == language),
        judged_here=judged_here,
    )


class _Rest:
    """Judged tallies of one model, each with what the levels so far leave of its quality."""

    def __init__(self, card: ModelCard, tallies: Sequence[ModelTally]) -> None:
        self._tallies = [tally for tally in tallies if tally.judged]
        self._left = [tally.quality - card.quality.of(tally.task) for tally in self._tallies]

    def level(
        self,
        key: Callable[[ModelTally], Hashable],
        weight: float,
        claims: Mapping[str, float] | None = None,
    ) -> dict[Hashable, float]:
        """What each group adds, taken off what is left; a claim counts as ``weight`` observations."""
        groups = [key(tally) for tally in self._tallies]
        sums: dict[Hashable, tuple[float, float]] = {
            name: (claim * weight, weight) for name, claim in (claims or {}).items()
        }
        for group, tally, left in zip(groups, self._tallies, self._left, strict=True):
            added, number = sums.get(group, (0.0, weight))
            sums[group] = (added + tally.judged * left, number + tally.judged)
        adds = {group: added / number for group, (added, number) in sums.items()}
        self._left = [left - adds[group] for group, left in zip(groups, self._left, strict=True)]
        return adds

    def judged(self, wanted: Callable[[ModelTally], bool]) -> int:
        """How many uses of the wanted tallies were judged."""
        return sum(tally.judged for tally in self._tallies if wanted(tally))
