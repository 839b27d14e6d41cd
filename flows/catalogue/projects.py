"""Kinds of projects: what each needs to be known, from ``projects.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.model import Catalogue
from flows.catalogue.nearest import nearest
from flows.errors import CatalogueError

FILE = Path(__file__).parent / "projects.toml"
FIELDS = frozenset({"id", "title", "words", "risk", "skills"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A kind of project. ``skills`` says how much it needs each, 0 < weight <= 1.

    ``words`` are what people call it; ``risk`` is what happens where the skills are missing, as
    the rest of a sentence that begins with "without it".
    """

    id: str
    title: str
    words: tuple[str, ...]
    risk: str
    skills: Mapping[str, float]


@cache
def built_in_projects() -> Mapping[str, Project]:
    """The projects that come with the service, by id; read once per process."""
    try:
        document = tomllib.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(FILE.name, "", str(error)) from None
    return parse_projects(FILE.name, document, built_in_catalogue())


def parse_projects(source: str, document: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Project]:
    """Projects by id, in the order of the document; raises CatalogueError with file and id."""
    entries = document.get("projects")
    if not isinstance(entries, list) or document.keys() != {"projects"}:
        raise CatalogueError(source, "", "must have projects and nothing else")
    projects: dict[str, Project] = {}
    for entry in entries:
        project = _project(source, entry, catalogue)
        if project.id in projects:
            raise CatalogueError(source, project.id, "duplicate id")
        projects[project.id] = project
    return projects


def _project(source: str, entry: Any, catalogue: Catalogue) -> Project:
    item = entry.get("id") if isinstance(entry, Mapping) else None
    if not isinstance(item, str) or not item.strip():
        raise CatalogueError(source, "a project", "id must be a text that is not empty")
    if unknown := sorted(entry.keys() - FIELDS):
        raise CatalogueError(source, item, f"unknown field {unknown[0]!r}")
    for name in ("title", "risk"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise CatalogueError(source, item, f"{name} must be a text that is not empty")
    words = entry.get("words")
    if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
        raise CatalogueError(source, item, "words must be a list of texts that are not empty")
    return Project(
        id=item,
        title=entry["title"],
        words=tuple(words),
        risk=entry["risk"],
        skills=_skills(source, item, entry.get("skills"), catalogue),
    )


def _skills(source: str, item: str, skills: Any, catalogue: Catalogue) -> dict[str, float]:
    if not isinstance(skills, Mapping) or not skills:
        raise CatalogueError(source, item, "skills must map at least one skill id to a weight")
    for skill_id, weight in skills.items():
        if skill_id not in catalogue.skills:
            hint = ", ".join(nearest(skill_id, catalogue.skills))
            raise CatalogueError(source, item, f"unknown skill {skill_id!r}; nearest: {hint}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
            raise CatalogueError(source, item, f"weight of {skill_id} must be over 0 and at most 1")
    return dict(skills)
