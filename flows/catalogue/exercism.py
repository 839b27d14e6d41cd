"""A catalogue document from an Exercism track configuration (``config.json`` of a track).

The skills are the concepts that the track's concept exercises teach; a concept needs what
its exercise lists as prerequisites. Exercises with status ``wip`` or ``deprecated`` are left
out; no status means ``active``, as Exercism's own specification has it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flows.errors import CatalogueError

TAKEN = ("active", "beta")
DEFAULT_HOURS = 2.0
PRACTICE_PROMPTS = 3  #: Practice exercises offered per concept, the easiest first.


def to_document(source: str, track: Mapping[str, Any], *, hours: float = DEFAULT_HOURS) -> dict[str, Any]:
    """Turn a track configuration into our own format; every concept gets ``hours``.

    Raises CatalogueError when the mapping is not a track configuration.
    """
    try:
        exercises = [e for e in track["exercises"]["concept"] if e.get("status", "active") in TAKEN]
        practice = track["exercises"].get("practice", [])
        titles = {concept["slug"]: concept["name"] for concept in track["concepts"]}
        teachers = _teachers(exercises)
        return {
            "areas": {track["slug"]: track["language"]},
            "skills": [
                _skill(concept, titles.get(concept, concept), teacher, teachers, practice, track, hours)
                for concept, teacher in teachers.items()
            ],
            "goals": [
                {
                    "id": track["slug"],
                    "title": f"{track['language']} Track",
                    "skills": dict.fromkeys(teachers, 1.0),
                }
            ],
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise CatalogueError(source, "", f"is not an Exercism track configuration ({error!r})") from None


def _teachers(exercises: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The exercises that teach each concept, concepts in the order of the track."""
    teachers: dict[str, list[Mapping[str, Any]]] = {}
    for exercise in exercises:
        for concept in exercise["concepts"]:
            teachers.setdefault(concept, []).append(exercise)
    return teachers


def _skill(
    concept: str,
    title: str,
    teaching: list[Mapping[str, Any]],
    teachers: Mapping[str, Any],
    practice: Iterable[Mapping[str, Any]],
    track: Mapping[str, Any],
    hours: float,
) -> dict[str, Any]:
    needed = dict.fromkeys(p for exercise in teaching for p in exercise["prerequisites"])
    practising = sorted(
        (e for e in practice if concept in e.get("practices", []) and e.get("status", "active") in TAKEN),
        key=lambda e: (e.get("difficulty", 0), e["slug"]),
    )[:PRACTICE_PROMPTS]
    return {
        "id": concept,
        "title": title,
        "area": track["slug"],
        "hours": hours,
        # A concept that no exercise of the track teaches cannot be planned, so it is not asked for.
        "prerequisites": [p for p in needed if p in teachers and p != concept],
        "prompts": [
            *(
                f'Solve the concept exercise "{e["name"]}" on Exercism\'s {track["language"]} track.'
                for e in teaching
            ),
            *(
                f'Solve "{e["name"]}" again from memory a week later, another way than the first time.'
                for e in teaching
            ),
            *(
                f'Practise with the exercise "{e["name"]}" and compare two community solutions.'
                for e in practising
            ),
        ],
        "resources": [f"Exercism {track['language']} track: concept {title}"],
    }
