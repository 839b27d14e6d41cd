"""How likely a person is to complete a planned week: the prior, before there are outcomes.

A logistic score over named features, so that each can be shown and later be refitted:

- ``readiness``: how firmly the direct prerequisites are known, mean over the week's skills, 0 to 1;
- ``stretch``: how many levels the skills lie above the person's, 0 to 1;
- ``load``: share of the week's hours that is planned, 0 to 1;
- ``distance``: how far into the path the week lies, 0 to 1 (plans are dropped with time).

The weights are a judgement and not yet a measurement: a week in reach that comes first lands
near .9, one at a stretch at the end of a long path near .5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp

from flows.catalogue.model import LEVELS, Catalogue
from flows.intelligence.known import ASSUMED, IMPLIED, OBSERVED, STATED
from flows.intelligence.mastery import Mastery

BIAS = 0.6
WEIGHTS = {"readiness": 2.2, "stretch": -1.4, "load": -0.4, "distance": -0.8}

#: How firmly a prerequisite is taken as known when nothing was observed.
FIRMNESS = {STATED: 0.85, ASSUMED: 0.75, IMPLIED: 0.75, OBSERVED: 0.85}
PLANNED_FIRMNESS = 0.7  #: Learned earlier in this path, if all goes well.


@dataclass(frozen=True, slots=True)
class WeekFeatures:
    """What the confidence of one week is computed from, each 0 to 1."""

    readiness: float
    stretch: float
    load: float
    distance: float

    def confidence(self) -> float:
        """Estimated probability that the week is completed, 2 decimals."""
        score = BIAS + sum(weight * getattr(self, name) for name, weight in WEIGHTS.items())
        return round(1 / (1 + exp(-score)), 2)


def readiness(
    catalogue: Catalogue,
    skills: Iterable[str],
    known: Mapping[str, str],
    mastery: Mapping[str, Mastery],
) -> float:
    """Mean firmness of the skills' direct prerequisites; 1 when they have none."""
    firmness = [
        _firmness(prerequisite, known, mastery)
        for skill_id in skills
        for prerequisite in catalogue.skills[skill_id].prerequisites
    ]
    return sum(firmness) / len(firmness) if firmness else 1.0


def _firmness(skill_id: str, known: Mapping[str, str], mastery: Mapping[str, Mastery]) -> float:
    if known.get(skill_id) == OBSERVED and skill_id in mastery:
        return mastery[skill_id].level
    return FIRMNESS[known[skill_id]] if skill_id in known else PLANNED_FIRMNESS


def stretch(catalogue: Catalogue, skills: Iterable[str], level: str) -> float:
    """How far the hardest of the skills lies above the person's level, as a share of all levels."""
    own = LEVELS.index(level)
    ranks = [LEVELS.index(rank) for s in skills if (rank := catalogue.skills[s].level) is not None]
    return max(0, max(ranks, default=own) - own) / (len(LEVELS) - 1)
