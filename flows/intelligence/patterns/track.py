"""A person's way through skills, or through items: visits in order, and what lies ahead of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flows.intelligence.patterns.step import DAY_MS, Step


class Visit(NamedTuple):
    """Steps on end at one skill or item: from ``start`` to ``end`` (milliseconds), first event's id."""

    name: str
    start: int
    end: int
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far apart two visits may be to count as one after the other."""

    visits: int = 3
    milliseconds: int = 30 * DAY_MS


def skill_track(steps: Iterable[Step]) -> list[Visit]:
    """Visits of skills, oldest first; ``steps`` are in order."""
    return _visits((step.skill, step) for step in steps if step.skill)


def item_track(steps: Iterable[Step]) -> list[Visit]:
    """Visits of items that one can do next, so not of errors; ``steps`` are in order."""
    return _visits((step.item, step) for step in steps if step.item and not step.item.startswith("error:"))


def _visits(named: Iterable[tuple[str, Step]]) -> list[Visit]:
    track: list[Visit] = []
    for name, step in named:
        if track and track[-1].name == name:
            track[-1] = track[-1]._replace(end=step.at)
        else:
            track.append(Visit(name, step.at, step.at, step.id))
    return track


def ahead(track: Sequence[Visit], index: int, window: Window) -> list[Visit]:
    """The visits of something else that follow the one at ``index`` within the window."""
    here = track[index]
    latest = here.end + window.milliseconds
    following = track[index + 1 : index + 1 + window.visits]
    return [visit for visit in following if visit.start <= latest and visit.name != here.name]
