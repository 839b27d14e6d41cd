"""From documents to a checked catalogue.

A document is a mapping with any of ``areas``, ``skills`` and ``goals`` (the format is
described in ``docs/catalogue-format.md``). Several documents make one catalogue, so a large
one can be kept in a file per area. Everything wrong is refused with the file and the id.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flows.catalogue.model import LEVELS, Catalogue, Goal, Skill
from flows.catalogue.nearest import nearest
from flows.errors import CatalogueError

ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")
DOCUMENT_FIELDS = frozenset({"area", "areas", "skills", "goals"})
SKILL_FIELDS = frozenset(field.name for field in fields(Skill))
GOAL_FIELDS = frozenset(field.name for field in fields(Goal))
MAX_HOURS = 500
MAX_SKILLS = 5_000
DEFAULT_AREA = "general"

Document = Mapping[str, Any]


def parse(name: str, documents: Iterable[tuple[str, Document]]) -> Catalogue:
    """Build a catalogue from (source, document) pairs; raises CatalogueError."""
    skills: dict[str, Skill] = {}
    goals: dict[str, Goal] = {}
    areas: dict[str, str] = {}
    sources: dict[str, str] = {}
    for source, document in documents:
        if not isinstance(document, Mapping):
            raise CatalogueError(source, "", "must be an object with skills and goals")
        _check_fields(source, "", document, DOCUMENT_FIELDS)
        areas |= _areas(source, document)
        own_area = _own_area(source, document)
        default_area = own_area["id"] if own_area else DEFAULT_AREA
        for entry in _entries(source, document, "skills"):
            skill = _skill(source, entry, default_area=default_area)
            _claim(sources, source, skill.id)
            skills[skill.id] = skill
        for entry in _entries(source, document, "goals"):
            goal = _goal(source, entry)
            _claim(sources, source, goal.id)
            goals[goal.id] = goal
    if not skills:
        raise CatalogueError(name, "", "has no skills")
    if len(skills) > MAX_SKILLS:
        raise CatalogueError(name, "", f"has {len(skills)} skills, at most {MAX_SKILLS} are taken")
    _check_references(skills, goals, sources)
    _check_cycles(skills, sources)
    return Catalogue(name, _revision(skills, goals, areas), skills, goals, areas)


def _areas(source: str, document: Document) -> dict[str, str]:
    areas = document.get("areas", {})
    if not isinstance(areas, Mapping) or not all(isinstance(title, str) for title in areas.values()):
        raise CatalogueError(source, "areas", "must map ids to titles")
    own = _own_area(source, document)
    return {**areas, own["id"]: own["title"]} if own else dict(areas)


def _own_area(source: str, document: Document) -> Mapping[str, str] | None:
    """The area that all skills of the document belong to, unless they say another."""
    own = document.get("area")
    if own is None:
        return None
    if not isinstance(own, Mapping):
        raise CatalogueError(source, "area", "must be an object with id and title")
    return {"id": _text(source, "area", own, "id"), "title": _text(source, "area", own, "title")}


def _entries(source: str, document: Document, kind: str) -> Iterable[Mapping[str, Any]]:
    entries = document.get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise CatalogueError(source, kind, "must be a list of objects")
    return entries


def _claim(sources: dict[str, str], source: str, item: str) -> None:
    if item in sources:
        raise CatalogueError(source, item, f"duplicate id, also in {sources[item]}")
    sources[item] = source


def _skill(source: str, entry: Mapping[str, Any], *, default_area: str) -> Skill:
    item = _id(source, "a skill", entry)
    _check_fields(source, item, entry, SKILL_FIELDS)
    prompts = _texts(source, item, entry, "prompts")
    if not prompts:
        raise CatalogueError(source, item, "has no prompt; at least one practice task is needed")
    level = entry.get("level")
    if level is not None and level not in LEVELS:
        raise CatalogueError(source, item, f"level {level!r} is not one of {', '.join(LEVELS)}")
    hours = entry.get("hours")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= MAX_HOURS:
        raise CatalogueError(source, item, f"hours must be a number over 0 and at most {MAX_HOURS}")
    return Skill(
        id=item,
        title=_text(source, item, entry, "title"),
        area=_text(source, item, entry, "area") if "area" in entry else default_area,
        level=level,
        hours=hours,
        prerequisites=_texts(source, item, entry, "prerequisites"),
        prompts=prompts,
        summary=_optional_text(source, item, entry, "summary"),
        resources=_texts(source, item, entry, "resources"),
    )


def _goal(source: str, entry: Mapping[str, Any]) -> Goal:
    item = _id(source, "a goal", entry)
    _check_fields(source, item, entry, GOAL_FIELDS)
    skills = entry.get("skills")
    if not isinstance(skills, Mapping) or not skills:
        raise CatalogueError(source, item, "skills must map at least one skill id to a weight")
    for skill_id, weight in skills.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
            raise CatalogueError(source, item, f"weight of {skill_id} must be over 0 and at most 1")
    return Goal(
        id=item,
        title=_text(source, item, entry, "title"),
        skills=dict(skills),
        summary=_optional_text(source, item, entry, "summary"),
    )


def _id(source: str, kind: str, entry: Mapping[str, Any]) -> str:
    item = _text(source, kind, entry, "id")
    if not ID.fullmatch(item):
        raise CatalogueError(source, item, "id must be 1 to 128 characters without spaces")
    return item


def _check_fields(source: str, item: str, entry: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in entry:
        if name not in known:
            raise CatalogueError(
                source, item, f"unknown field {name!r}; there are: {', '.join(sorted(known))}"
            )


def _text(source: str, item: str, entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(source, item, f"{field} must be a text that is not empty")
    return value


def _optional_text(source: str, item: str, entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field, "")
    if not isinstance(value, str):
        raise CatalogueError(source, item, f"{field} must be a text")
    return value


def _texts(source: str, item: str, entry: Mapping[str, Any], field: str) -> tuple[str, ...]:
    values = entry.get(field, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise CatalogueError(source, item, f"{field} must be a list of texts that are not empty")
    return tuple(values)


def _check_references(skills: dict[str, Skill], goals: dict[str, Goal], sources: dict[str, str]) -> None:
    for skill in skills.values():
        for prerequisite in skill.prerequisites:
            _check_exists(sources[skill.id], skill.id, "prerequisite", prerequisite, skills)
    for goal in goals.values():
        for target in goal.skills:
            _check_exists(sources[goal.id], goal.id, "skill", target, skills)


def _check_exists(source: str, item: str, kind: str, wanted: str, skills: Mapping[str, Skill]) -> None:
    if wanted not in skills:
        hint = ", ".join(nearest(wanted, skills))
        raise CatalogueError(
            source, item, f"unknown {kind} {wanted!r}" + (f"; nearest: {hint}" if hint else "")
        )


def _check_cycles(skills: dict[str, Skill], sources: dict[str, str]) -> None:
    try:
        TopologicalSorter({skill.id: skill.prerequisites for skill in skills.values()}).prepare()
    except CycleError as error:
        cycle = error.args[1]
        raise CatalogueError(
            sources[cycle[0]], cycle[0], "prerequisites form a cycle: " + " -> ".join(reversed(cycle))
        ) from None


def _revision(skills: Mapping[str, Skill], goals: Mapping[str, Goal], areas: Mapping[str, str]) -> str:
    content = [sorted(map(repr, skills.values())), sorted(map(repr, goals.values())), sorted(areas.items())]
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=8).hexdigest()
