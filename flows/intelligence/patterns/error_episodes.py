"""Which errors a person met, whether they came back, and what resolved them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from flows.intelligence.patterns.model import AGAIN, RESOLVED
from flows.intelligence.patterns.observations import ANY, Consequence, Observation
from flows.intelligence.patterns.step import Step
from flows.signals.events import Kind


@dataclass(slots=True)
class Attempt:
    """A fix of an error, tried in the session in which the error was hit."""

    error: str
    hit: Step
    fix: Step
    worked: bool


def recurring_errors(steps: Sequence[Step]) -> Iterator[Observation]:
    """An error that comes back in a later session; several hits in one session are one episode."""
    episodes: dict[str, dict[str, Step]] = {}
    for step in steps:
        if step.kind == Kind.ERROR_HIT and step.text:
            episodes.setdefault(f"error:{step.text}", {}).setdefault(step.session, step)
    for error, first_hits in episodes.items():
        hits = list(first_hits.values())
        for hit, later in zip_longest(hits, hits[1:]):
            seen: list[Consequence] = [(ANY, hit.at, (hit.id,))]
            if later:
                seen.append((AGAIN, later.at, (hit.id, later.id)))
            yield (), seen
            yield (error,), seen


def resolutions(steps: Sequence[Step]) -> Iterator[Observation]:
    """A fix after which an error stayed away for the rest of the session."""
    for attempt in attempts(steps):
        at, ids = attempt.fix.at, (attempt.hit.id, attempt.fix.id)
        seen: list[Consequence] = [(ANY, at, ids)]
        if attempt.worked:
            seen.append((RESOLVED, at, ids))
        yield (), seen
        yield (attempt.error, attempt.fix.text), seen


def attempts(steps: Sequence[Step]) -> list[Attempt]:
    """Fixes in order, each linked to the hit that it was for; one without words is none."""
    open_hits: dict[str, dict[str, Step]] = {}
    found: list[Attempt] = []
    # Clients that write whole seconds report a hit and its fix at one time: the hit was first.
    for step in sorted(steps, key=lambda s: (s.at, s.kind == Kind.ERROR_RESOLVED)):
        hits = open_hits.setdefault(step.session, {})
        if step.kind == Kind.ERROR_HIT and step.text:
            error = f"error:{step.text}"
            hits[error] = step
            for attempt in found:
                if attempt.error == error and attempt.hit.session == step.session:
                    attempt.worked = False
        elif step.kind == Kind.ERROR_RESOLVED and (error := _meant(hits, step)):
            hit = hits.pop(error)
            if step.text:
                found.append(Attempt(error, hit, step, step.worked))
    return found


def _meant(hits: dict[str, Step], fix: Step) -> str:
    """The open error that a fix is for: the one it names, else the newest of its skill."""
    named = [error for error, hit in hits.items() if fix.item and hit.item == fix.item]
    unnamed = [
        error
        for error, hit in hits.items()
        if not (fix.item and hit.item) and (not fix.skill or hit.skill in ("", fix.skill))
    ]
    return max(named or unnamed, key=lambda error: (hits[error].at, hits[error].id), default="")
