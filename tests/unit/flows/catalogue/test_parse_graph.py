"""What holds a catalogue together: known fields, ids, references, no cycles, and its revision."""

from copy import deepcopy
from typing import Any

import pytest

from flows.catalogue.parse import parse
from flows.errors import CatalogueError


def skill(skill_id: str, *prerequisites: str) -> dict[str, Any]:
    """A skill as a document has it."""
    return {
        "id": skill_id,
        "title": skill_id.upper(),
        "hours": 2,
        "prompts": ["Do it.", "Again."],
        "prerequisites": list(prerequisites),
    }


def goal(goal_id: str, *targets: str) -> dict[str, Any]:
    """A goal as a document has it."""
    return {"id": goal_id, "title": goal_id.upper(), "skills": dict.fromkeys(targets, 1.0)}


def refusal(*documents: dict[str, Any]) -> CatalogueError:
    """The error with which documents called 1.json, 2.json and so on are refused."""
    with pytest.raises(CatalogueError) as caught:
        parse("mine", [(f"{number}.json", document) for number, document in enumerate(documents, 1)])
    return caught.value


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"skills": [{**skill("a"), "prerequisite": []}]},
            "1.json: a: unknown field 'prerequisite'; there are: area, hours, id, level, prerequisites,"
            " prompts, resources, summary, title",
        ),
        (
            {"skills": [skill("a")], "goals": [{**goal("g", "a"), "hours": 2}]},
            "1.json: g: unknown field 'hours'; there are: id, skills, summary, title",
        ),
        (
            {"skills": [skill("a")], "goal": []},
            "1.json: unknown field 'goal'; there are: area, areas, goals, skills",
        ),
    ],
)
def test_an_unknown_field_is_refused(document: dict[str, Any], message: str) -> None:
    """A misspelt field is not read over; the refusal names the fields there are."""
    assert str(refusal(document)) == message


@pytest.mark.parametrize("item", ["a", "C#", "go/channels", "été", "x" * 128])
def test_an_id_may_be_any_word(item: str) -> None:
    """An id is 1 to 128 characters; what other catalogues call their skills is taken."""
    document = {"skills": [skill(item)], "goals": [goal(f"g{item}"[:128], item)]}
    assert list(parse("mine", [("1.json", document)]).skills) == [item]


@pytest.mark.parametrize("item", ["a b", " a", "a\n", "a\x00b", "a\x7f", "a\u2003b", "x" * 129])
def test_an_id_has_no_spaces(item: str) -> None:
    """An id that could not be typed or logged is refused, of a skill as of a goal."""
    expected = f"1.json: {item}: id must be 1 to 128 characters without spaces"
    assert str(refusal({"skills": [skill(item)]})) == expected
    assert str(refusal({"skills": [skill("a")], "goals": [goal(item, "a")]})) == expected


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([{"skills": [skill("a"), skill("a")]}], "1.json: a: duplicate id, also in 1.json"),
        ([{"skills": [skill("a")]}, {"skills": [skill("a")]}], "2.json: a: duplicate id, also in 1.json"),
        (
            [{"skills": [skill("a")], "goals": [goal("g", "a")]}, {"goals": [goal("g", "a")]}],
            "2.json: g: duplicate id, also in 1.json",
        ),
        (
            [{"skills": [skill("a")], "goals": [goal("a", "a")]}],
            "1.json: a: duplicate id, also in 1.json",
        ),
        (
            [{"goals": [goal("a", "a")]}, {"skills": [skill("a")]}],
            "2.json: a: duplicate id, also in 1.json",
        ),
    ],
)
def test_an_id_is_used_once(documents: list[dict[str, Any]], message: str) -> None:
    """Skills and goals share their ids, since a goal may be either; the second use names the first."""
    assert str(refusal(*documents)) == message


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (
            [{"skills": [skill("loops"), skill("hashing", "lops")]}],
            "1.json: hashing: unknown prerequisite 'lops'; nearest: loops",
        ),
        (
            [{"skills": [skill("loops")]}, {"skills": [skill("maps", "loops", "quux")]}],
            "2.json: maps: unknown prerequisite 'quux'",
        ),
        (
            [{"skills": [skill("loops")]}, {"goals": [goal("coder", "loops", "loop")]}],
            "2.json: coder: unknown skill 'loop'; nearest: loops",
        ),
        (
            [{"skills": [skill("loops")], "goals": [goal("coder", "loops"), goal("quiz", "coder")]}],
            "1.json: quiz: unknown skill 'coder'",
        ),
        (
            [{"skills": [skill("loops", "coder")], "goals": [goal("coder", "loops")]}],
            "1.json: loops: unknown prerequisite 'coder'",
        ),
    ],
)
def test_an_unknown_reference_is_refused(documents: list[dict[str, Any]], message: str) -> None:
    """A reference to a skill that is not there names its file, its owner and the nearest skills."""
    assert str(refusal(*documents)) == message


@pytest.mark.parametrize(
    ("skills", "item", "cycle"),
    [
        ([skill("a", "a")], "a", "a -> a"),
        ([skill("a", "b"), skill("b", "a")], "a", "a -> b -> a"),
        ([skill("x"), skill("a", "x", "b"), skill("b", "c"), skill("c", "a")], "a", "a -> b -> c -> a"),
    ],
)
def test_a_cycle_is_refused(skills: list[dict[str, Any]], item: str, cycle: str) -> None:
    """Skills that need each other are refused; the arrow points from a skill to what it needs."""
    error = refusal({"skills": skills})
    assert str(error) == f"1.json: {item}: prerequisites form a cycle: {cycle}"


def test_a_cycle_over_files_names_the_file_of_its_first_skill() -> None:
    """The file that is named is the one that has the skill that is named."""
    error = refusal({"skills": [skill("x")]}, {"skills": [skill("a", "b")]}, {"skills": [skill("b", "a")]})
    assert (error.source, error.item) == ("2.json", "a")


def test_two_ways_to_a_skill_are_no_cycle() -> None:
    """A skill may be needed on several ways."""
    diamond = [skill("d", "b", "c"), skill("b", "a"), skill("c", "a"), skill("a")]
    assert parse("mine", [("1.json", {"skills": diamond})]).closure(["d"]) == {"a", "b", "c", "d"}


DOCUMENT: dict[str, Any] = {
    "areas": {"web": "The Web", "data": "Data"},
    "skills": [
        {**skill("a"), "area": "web", "level": "mid", "summary": "All of A.", "resources": ["The Book"]},
        skill("b", "a"),
    ],
    "goals": [{**goal("g", "a", "b"), "summary": "Become G."}],
}


def revision(document: dict[str, Any], name: str = "mine", source: str = "1.json") -> str:
    """The revision of the catalogue that a document makes."""
    return parse(name, [(source, document)]).revision


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("skills", "id", "c"),
        ("skills", "title", "Another"),
        ("skills", "area", "data"),
        ("skills", "level", "senior"),
        ("skills", "hours", 3),
        ("skills", "prerequisites", []),
        ("skills", "prompts", ["Again.", "Do it."]),
        ("skills", "summary", "Another."),
        ("skills", "resources", ["Another Book"]),
        ("goals", "id", "h"),
        ("goals", "title", "Another"),
        ("goals", "summary", "Another."),
        ("goals", "skills", {"a": 1.0, "b": 0.5}),
        ("goals", "skills", {"a": 1.0}),
    ],
)
def test_the_revision_changes_with_the_content(part: str, field: str, value: Any) -> None:
    """Any change of a skill or goal that may change an answer gives another revision."""
    changed = deepcopy(DOCUMENT)
    index = 1 if part == "skills" else 0  # The second skill is the one that nothing needs.
    changed[part][index][field] = value
    if field == "id" and part == "skills":
        changed["goals"][0]["skills"] = {"a": 1.0, value: 1.0}
    assert revision(changed) != revision(DOCUMENT)


def test_the_revision_changes_with_an_area() -> None:
    """The title of an area is shown in answers, so it is content."""
    assert revision({**DOCUMENT, "areas": {"web": "Web", "data": "Data"}}) != revision(DOCUMENT)


def test_the_revision_is_that_of_the_content_alone() -> None:
    """Neither the name, the file nor the order of skills and areas makes another revision."""
    turned = {
        **DOCUMENT,
        "skills": DOCUMENT["skills"][::-1],
        "areas": {"data": "Data", "web": "The Web"},
    }
    assert revision(turned, name="yours", source="2.json") == revision(DOCUMENT)
    assert len(revision(DOCUMENT)) == 16
