"""What can be recommended, with the sources that name it and the evidence it rests on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from flows.errors import InvalidInput

#: Who can name an item. A score of a source is 0 to 1, and 1 is as sure as that source can be.
SOURCES = ("errors", "memory", "patterns", "collaborative", "content", "catalogue", "goal", "popular")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A piece of what is known.

    ``id`` names the record that it stands for, such as ``mastery:react-hooks``, ``memory:123``,
    ``pattern:...`` or ``event:...``. ``kind`` says what it tells of the item; one record may tell
    several things. ``facts`` are plain JSON values; which ones a kind needs is said where sentences
    are made of them, in ``flows.intelligence.explanations.templates``.
    """

    id: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A candidate of any type: prompt, skill, exercise, course, quiz or solution.

    ``id`` is typed (``prompt:...``), ``skill`` is the catalogue's id of the skill it serves,
    ``sources`` maps names of ``SOURCES`` to scores, ``minutes`` is what it takes, None if unknown.
    Raises InvalidInput for a source that is not known and a score that is not 0 to 1.
    """

    id: str
    type: str
    title: str
    text: str = ""
    skill: str | None = None
    sources: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    minutes: int | None = None

    def __post_init__(self) -> None:
        for source, score in self.sources.items():
            if source not in SOURCES:
                raise InvalidInput(f"{self.id}: {source!r} is no source", field=f"sources/{source}")
            if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
                raise InvalidInput(f"{self.id}: {score!r} is not 0 to 1", field=f"sources/{source}")


def merge(items: Iterable[Item]) -> list[Item]:
    """One item per id, in the order of ids; the same for any order in which they were given.

    A source that names an item twice counts with its larger score, and evidence is united. Where
    texts differ, the longest is taken (of equally long ones the last by the alphabet); of minutes
    the most.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.id, []).append(item)
    return [reduce(_joined, groups[item_id]) for item_id in sorted(groups)]


def _joined(one: Item, other: Item) -> Item:
    return Item(
        id=one.id,
        type=_fuller(one.type, other.type),
        title=_fuller(one.title, other.title),
        text=_fuller(one.text, other.text),
        skill=_fuller(one.skill or "", other.skill or "") or None,
        sources={
            source: max(one.sources.get(source, 0.0), other.sources.get(source, 0.0))
            for source in SOURCES
            if source in one.sources or source in other.sources
        },
        evidence=_united((*one.evidence, *other.evidence)),
        minutes=max((m for m in (one.minutes, other.minutes) if m is not None), default=None),
    )


def _fuller(one: str, other: str) -> str:
    return max(one, other, key=lambda text: (len(text), text))


def _united(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One piece per id and kind, the one with most facts, in the order of ids."""
    fullest: dict[tuple[str, str], Evidence] = {}
    for piece in evidence:
        name = piece.id, piece.kind
        known = fullest.setdefault(name, piece)
        if _fullness(piece) > _fullness(known):
            fullest[name] = piece
    return tuple(fullest[name] for name in sorted(fullest))


def _fullness(piece: Evidence) -> tuple[int, str]:
    return len(piece.facts), json.dumps(piece.facts, sort_keys=True, default=str)


def to_json(item: Item) -> dict[str, Any]:
    """The item as plain JSON values; ``from_json`` gives an equal item back."""
    return {
        "id": item.id,
        "type": item.type,
        "title": item.title,
        "text": item.text,
        "skill": item.skill,
        "sources": dict(item.sources),
        "evidence": [{"id": e.id, "kind": e.kind, "facts": dict(e.facts)} for e in item.evidence],
        "minutes": item.minutes,
    }


def from_json(document: Mapping[str, Any]) -> Item:
    """Read an item back; raises InvalidInput."""
    try:
        evidence = tuple(Evidence(**piece) for piece in document["evidence"])
        return Item(**{**document, "evidence": evidence})
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"is not a candidate ({error!r})") from None
