"""Catalogues from Exercism track configurations."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.catalogue.exercism import to_document
from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.errors import CatalogueError

TRACKS = Path(__file__).parents[5] / "shared" / "data" / "prerequisites"


def exercise(slug: str, concepts: list[str], prerequisites: list[str], **more: Any) -> dict[str, Any]:
    """A concept exercise of a track."""
    name = slug.replace("-", " ").title()
    return {"slug": slug, "name": name, "concepts": concepts, "prerequisites": prerequisites, **more}


def practice(slug: str, practises: list[str], difficulty: int, **more: Any) -> dict[str, Any]:
    """A practice exercise of a track."""
    name = slug.title()
    return {"slug": slug, "name": name, "practices": practises, "difficulty": difficulty, **more}


def track(concept: list[dict[str, Any]], practise: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A track of the language Zig that names the concepts basics and loops."""
    concepts = [{"slug": "basics", "name": "The Basics"}, {"slug": "loops", "name": "Loops"}]
    exercises: dict[str, Any] = {"concept": concept}
    if practise is not None:
        exercises["practice"] = practise
    return {"slug": "zig", "language": "Zig", "concepts": concepts, "exercises": exercises}


def catalogue_of(given: dict[str, Any]) -> Catalogue:
    """The track as a checked catalogue."""
    return parse("zig", [("zig.json", to_document("zig.json", given))])


def test_a_track_becomes_a_document() -> None:
    """Concepts are skills, exercises are prompts, and the track is the goal."""
    given = track(
        [exercise("first-steps", ["basics"], []), exercise("round-round", ["loops"], ["basics"])],
        [practice("spiral", ["loops"], 4)],
    )
    assert to_document("zig.json", given) == {
        "areas": {"zig": "Zig"},
        "skills": [
            {
                "id": "basics",
                "title": "The Basics",
                "area": "zig",
                "hours": 2.0,
                "prerequisites": [],
                "prompts": [
                    'Solve the concept exercise "First Steps" on Exercism\'s Zig track.',
                    'Solve "First Steps" again from memory a week later, another way than the first time.',
                ],
                "resources": ["Exercism Zig track: concept The Basics"],
            },
            {
                "id": "loops",
                "title": "Loops",
                "area": "zig",
                "hours": 2.0,
                "prerequisites": ["basics"],
                "prompts": [
                    'Solve the concept exercise "Round Round" on Exercism\'s Zig track.',
                    'Solve "Round Round" again from memory a week later, another way than the first time.',
                    'Practise with the exercise "Spiral" and compare two community solutions.',
                ],
                "resources": ["Exercism Zig track: concept Loops"],
            },
        ],
        "goals": [{"id": "zig", "title": "Zig Track", "skills": {"basics": 1.0, "loops": 1.0}}],
    }


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        ({"status": "active"}, True),
        ({"status": "beta"}, True),
        ({}, True),
        ({"status": "wip"}, False),
        ({"status": "deprecated"}, False),
    ],
)
def test_only_exercises_that_are_open_are_taken(status: dict[str, str], taken: bool) -> None:
    """Concept and practice exercises count when active or beta; no status means active."""
    given = track(
        [exercise("one", ["basics"], []), exercise("two", ["loops"], ["basics"], **status)],
        [practice("extra", ["basics"], 1, **status)],
    )
    catalogue = catalogue_of(given)
    assert ("loops" in catalogue.skills, len(catalogue.skills["basics"].prompts)) == (taken, 2 + taken)


def test_a_concept_needs_what_any_of_its_exercises_needs() -> None:
    """Prerequisites of all teaching exercises are put together, each once and never the concept."""
    given = track(
        [
            exercise("one", ["basics"], []),
            exercise("two", ["numbers"], ["basics"]),
            exercise("three", ["loops"], ["basics"]),
            exercise("four", ["loops"], ["loops", "numbers", "basics"]),
        ]
    )
    assert catalogue_of(given).skills["loops"].prerequisites == ("basics", "numbers")


def test_a_concept_that_nothing_teaches_is_not_needed() -> None:
    """A prerequisite that only a closed exercise teaches, or none at all, is left out."""
    given = track(
        [
            exercise("one", ["basics"], [], status="wip"),
            exercise("two", ["loops"], ["basics", "thin-air"]),
            exercise("three", [], ["loops"]),
        ]
    )
    assert [(s.id, s.prerequisites) for s in catalogue_of(given).skills.values()] == [("loops", ())]


def test_practice_is_offered_from_the_easiest_on() -> None:
    """At most three practice exercises per concept, by difficulty and then by slug."""
    given = track(
        [exercise("one", ["basics"], [])],
        [
            practice("delta", ["basics"], 5),
            practice("charlie", ["basics", "other"], 2),
            practice("bravo", ["basics"], 2),
            practice("alpha", ["basics"], 4),
            practice("echo", ["other"], 1),
            {"slug": "foxtrot", "name": "Foxtrot"},
        ],
    )
    assert catalogue_of(given).skills["basics"].prompts[2:] == tuple(
        f'Practise with the exercise "{name}" and compare two community solutions.'
        for name in ("Bravo", "Charlie", "Alpha")
    )


def test_every_exercise_of_a_concept_is_a_prompt() -> None:
    """A concept that two exercises teach has both to solve, and both to solve again."""
    given = track([exercise("one", ["basics"], []), exercise("two", ["basics"], [])])
    assert catalogue_of(given).skills["basics"].prompts == (
        'Solve the concept exercise "One" on Exercism\'s Zig track.',
        'Solve the concept exercise "Two" on Exercism\'s Zig track.',
        'Solve "One" again from memory a week later, another way than the first time.',
        'Solve "Two" again from memory a week later, another way than the first time.',
    )


def test_a_concept_without_a_title_goes_by_its_slug() -> None:
    """A concept that the track forgot to name is still there."""
    assert catalogue_of(track([exercise("one", ["pointers"], [])])).skills["pointers"].title == "pointers"


def test_the_hours_of_a_concept_can_be_given() -> None:
    """Exercism states no hours, so whoever imports a track may."""
    document = to_document("zig.json", track([exercise("one", ["basics", "loops"], [])]), hours=3.5)
    assert [skill["hours"] for skill in document["skills"]] == [3.5, 3.5]


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        None,
        "track",
        {"exercises": []},
        {**track([]), "concepts": None},
        {**track([]), "concepts": [{"slug": "basics"}]},
        {**track([]), "exercises": {"practice": []}},
        {key: value for key, value in track([]).items() if key != "language"},
        {key: value for key, value in track([]).items() if key != "slug"},
        track([{"slug": "one", "name": "One", "concepts": ["basics"]}]),
        track([{"slug": "one", "name": "One", "prerequisites": []}]),
        {**track([]), "exercises": {"concept": ["one"]}},
    ],
)
def test_anything_else_is_refused(given: Any) -> None:
    """A file that is no track configuration is refused by name."""
    with pytest.raises(
        CatalogueError, match=r"^zig\.json: is not an Exercism track configuration \("
    ) as caught:
        to_document("zig.json", given)
    assert (caught.value.source, caught.value.item) == ("zig.json", "")


@pytest.mark.parametrize(
    ("name", "skills", "prerequisites"), [("python", 17, 51), ("javascript", 37, 110), ("csharp", 62, 222)]
)
def test_real_tracks_are_read_whole(name: str, skills: int, prerequisites: int) -> None:
    """A real track gives a sound catalogue with every open concept and every need among them."""
    path = TRACKS / f"exercism-{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    document = to_document(path.name, json.loads(path.read_text("utf-8")))
    catalogue = parse(name, [(path.name, document)])
    assert len(catalogue.skills) == skills
    assert sum(len(skill.prerequisites) for skill in catalogue.skills.values()) == prerequisites
    assert min(len(skill.prompts) for skill in catalogue.skills.values()) >= 2
    assert catalogue.goals[name].skills.keys() == catalogue.skills.keys()
