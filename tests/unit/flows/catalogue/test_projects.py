"""Kinds of projects: those that come with the service, and what is refused."""

from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.parse import parse
from flows.catalogue.projects import built_in_projects, parse_projects
from flows.errors import CatalogueError

CATALOGUE = parse(
    "built-in",
    [("test", {"skills": [{"id": "react", "title": "React", "hours": 1, "prompts": ["Do it."]}]})],
)
PROJECT = {
    "id": "web",
    "title": "Web",
    "words": ["site"],
    "risk": "nobody comes",
    "skills": {"react": 1.0},
}


def test_the_built_in_kinds() -> None:
    """There are 55 kinds, each with several skills of different weight and words of its own."""
    projects = built_in_projects()
    assert len(projects) == 55
    for project in projects.values():
        assert len(project.skills) >= 5, project.id
        assert len(set(project.skills.values())) >= 3, project.id
        assert project.skills.keys() <= built_in_catalogue().skills.keys()
        assert project.risk[-1] != ".", project.id
    titles = [project.title for project in projects.values()]
    assert len(set(titles)) == len(titles)


def test_a_kind_is_read() -> None:
    """Everything that the file says comes back, under its id."""
    (project,) = parse_projects("test", {"projects": [PROJECT]}, CATALOGUE).values()
    assert (project.id, project.title, project.words) == ("web", "Web", ("site",))
    assert (project.risk, project.skills) == ("nobody comes", {"react": 1.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, "test: a project: id must be a text that is not empty"),
        ({"colour": "red"}, "test: web: unknown field 'colour'"),
        ({"title": " "}, "test: web: title must be a text that is not empty"),
        ({"risk": 1}, "test: web: risk must be a text that is not empty"),
        ({"words": []}, "test: web: words must be a list of texts that are not empty"),
        ({"words": [""]}, "test: web: words must be a list of texts that are not empty"),
        ({"skills": {}}, "test: web: skills must map at least one skill id to a weight"),
        ({"skills": {"reakt": 1}}, "test: web: unknown skill 'reakt'; nearest: react"),
        ({"skills": {"react": 0}}, "test: web: weight of react must be over 0 and at most 1"),
        ({"skills": {"react": 1.1}}, "test: web: weight of react must be over 0 and at most 1"),
        ({"skills": {"react": True}}, "test: web: weight of react must be over 0 and at most 1"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    """A file that does not hold together is refused with file, id and reason."""
    with pytest.raises(CatalogueError) as raised:
        parse_projects("test", {"projects": [PROJECT | change]}, CATALOGUE)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "test: must have projects and nothing else"),
        ({"projects": {}}, "test: must have projects and nothing else"),
        ({"projects": [], "goals": []}, "test: must have projects and nothing else"),
        ({"projects": [PROJECT, PROJECT]}, "test: web: duplicate id"),
        ({"projects": ["web"]}, "test: a project: id must be a text that is not empty"),
    ],
)
def test_documents_that_are_refused(document: dict[str, Any], message: str) -> None:
    """A document has projects, each of them once."""
    with pytest.raises(CatalogueError) as raised:
        parse_projects("test", document, CATALOGUE)
    assert str(raised.value) == message
