"""What worked before against an error, and which errors keep coming back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.intelligence.patterns.error_fingerprint import error_fingerprint
from flows.intelligence.patterns.model import RESOLVED, Pattern, PatternKind, Scope
from flows.intelligence.patterns.table import PatternTable

SHRINKAGE = 2.0  #: Tries that what is known beforehand counts as.
PRIOR = 0.5  #: The chance that a fix works of which nothing is known.
HALF_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A fix that worked: its text, the estimated chance that it does again, how often it was tried and did.

    The counts are those of the narrowest scope that knows the fix; ``pattern`` is where they are from.
    """

    fix: str
    score: float
    successes: int
    tries: int
    pattern: Pattern


def resolutions(
    patterns: Sequence[PatternTable], message: str, limit: int, *, people: int = 3
) -> list[Resolution]:
    """At most ``limit`` fixes for an error message: the person's own first, then by score.

    ``patterns`` go from the person's own to the widest. Fixes of fewer than ``people`` people are
    used for nobody else. A chance is estimated from the wide to the narrow, each scope's counts
    drawn towards what the wider one says.
    """
    error = f"error:{error_fingerprint(message)}"
    found: dict[str, tuple[int, Resolution]] = {}
    for distance, table in reversed(list(enumerate(patterns))):
        for fix in table.fixes(error):
            pattern = table.pattern(PatternKind.ERROR_RESOLUTION, (error, fix), RESOLVED)
            if table.scope is Scope.OWN or pattern.people >= people:
                prior = found[fix][1].score if fix in found else PRIOR
                found[fix] = (distance, _resolution(fix, pattern, prior))
    ranked = sorted(found.values(), key=lambda entry: (entry[0], -entry[1].score, entry[1].fix))
    return [resolution for _, resolution in ranked[:limit]]


def _resolution(fix: str, pattern: Pattern, prior: float) -> Resolution:
    successes, tries = pattern.support, pattern.opportunities
    score = (successes + SHRINKAGE * prior) / (tries + SHRINKAGE)
    return Resolution(fix, score, successes, tries, pattern)


def recurring_errors(patterns: PatternTable, at: datetime, limit: int) -> list[Pattern]:
    """The errors of a scope that come back, those that often and lately did first.

    A return counts half when the newest of the error is ``HALF_LIFE`` old.
    """
    found = [p for p in patterns.patterns(PatternKind.RECURRING_ERROR) if p.antecedent]
    return sorted(found, key=lambda p: (-p.support * 0.5 ** ((at - p.last_seen) / HALF_LIFE), p.antecedent))[
        :limit
    ]
