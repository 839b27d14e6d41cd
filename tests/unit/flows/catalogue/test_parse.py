"""What makes a catalogue, and what is refused with which words."""

from typing import Any

import pytest

from flows.catalogue.model import Catalogue, Goal, Skill
from flows.catalogue.parse import parse
from flows.errors import CatalogueError

ANYTHING_BUT_A_TEXT = [None, "", "  ", 7, ["a"]]


def skill(skill_id: str, *prerequisites: str, **more: Any) -> dict[str, Any]:
    """A skill as a document has it."""
    given = {"id": skill_id, "title": skill_id.upper(), "hours": 2, "prompts": ["Do it."]}
    return {**given, "prerequisites": list(prerequisites), **more}


def goal(goal_id: str, **more: Any) -> dict[str, Any]:
    """A goal with the one target ``a``."""
    return {"id": goal_id, "title": goal_id.upper(), "skills": {"a": 1.0}, **more}


def parsed(*documents: dict[str, Any]) -> Catalogue:
    """The catalogue "mine" from documents called 1.json, 2.json and so on."""
    return parse("mine", [(f"{number}.json", document) for number, document in enumerate(documents, 1)])


def refusal(*documents: Any) -> CatalogueError:
    """The error with which documents are refused."""
    with pytest.raises(CatalogueError) as caught:
        parsed(*documents)
    return caught.value


def test_every_field_is_read() -> None:
    """What a document says of skills, goals and areas is what the catalogue has."""
    catalogue = parsed(
        {
            "areas": {"web": "The Web"},
            "skills": [
                skill(
                    "a",
                    "b",
                    area="web",
                    level="mid",
                    hours=2.5,
                    summary="All of A.",
                    prompts=["Do A.", "Do A again."],
                    resources=["The Book of A"],
                ),
                skill("b"),
            ],
            "goals": [goal("g", skills={"a": 1, "b": 0.25}, summary="Become G.")],
        }
    )
    assert catalogue.name == "mine"
    assert catalogue.areas == {"web": "The Web"}
    assert catalogue.skills["a"] == Skill(
        id="a",
        title="A",
        area="web",
        level="mid",
        hours=2.5,
        prerequisites=("b",),
        prompts=("Do A.", "Do A again."),
        summary="All of A.",
        resources=("The Book of A",),
    )
    assert catalogue.goals == {"g": Goal(id="g", title="G", skills={"a": 1, "b": 0.25}, summary="Become G.")}


def test_what_a_skill_leaves_out_has_a_default() -> None:
    """A skill needs an id, a title, hours and a prompt; all else may be left out."""
    catalogue = parsed({"skills": [{"id": "a", "title": "A", "hours": 1, "prompts": ["Do it."]}]})
    assert catalogue.skills["a"] == Skill(
        id="a", title="A", area="general", level=None, hours=1, prerequisites=(), prompts=("Do it.",)
    )
    assert (catalogue.goals, catalogue.areas) == ({}, {})


def test_the_area_of_a_document_is_that_of_its_skills() -> None:
    """Skills belong to the area of their own document, unless they say another."""
    catalogue = parsed(
        {"area": {"id": "web", "title": "The Web"}, "skills": [skill("a"), skill("b", area="data")]},
        {"skills": [skill("c")]},
    )
    assert {s.id: s.area for s in catalogue.skills.values()} == {"a": "web", "b": "data", "c": "general"}
    assert catalogue.areas == {"web": "The Web"}


def test_documents_are_put_together_in_order() -> None:
    """Several documents make one catalogue, and may refer to each other in either direction."""
    catalogue = parsed(
        {"areas": {"x": "X"}, "goals": [goal("g")]},
        {"areas": {"y": "Y"}, "skills": [skill("c", "a")]},
        {"skills": [skill("a")], "goals": [goal("f", skills={"c": 0.5})]},
    )
    assert list(catalogue.skills) == ["c", "a"]
    assert list(catalogue.goals) == ["g", "f"]
    assert catalogue.areas == {"x": "X", "y": "Y"}


@pytest.mark.parametrize("level", ["foundation", "junior", "mid", "senior"])
def test_every_level_is_taken(level: str) -> None:
    """The four levels are the ones that a skill may have."""
    assert parsed({"skills": [skill("a", level=level)]}).skills["a"].level == level


@pytest.mark.parametrize("level", ["", "expert", "Junior", 1, ["mid"]])
def test_any_other_level_is_refused(level: Any) -> None:
    """A level that does not exist is refused with the ones that do."""
    error = refusal({"skills": [skill("a", level=level)]})
    assert str(error) == f"1.json: a: level {level!r} is not one of foundation, junior, mid, senior"


@pytest.mark.parametrize("hours", [0.25, 1, 499.5, 500])
def test_hours_up_to_500_are_taken(hours: float) -> None:
    """Hours are a number over 0 and at most 500."""
    assert parsed({"skills": [skill("a", hours=hours)]}).skills["a"].hours == hours


@pytest.mark.parametrize("hours", [0, -1, 500.5, True, "4", None, float("nan"), float("inf")])
def test_other_hours_are_refused(hours: Any) -> None:
    """Hours that nobody can plan with are refused with file and id."""
    error = refusal({"skills": [skill("a", hours=hours)]})
    assert str(error) == "1.json: a: hours must be a number over 0 and at most 500"
    assert (error.source, error.item, error.code) == ("1.json", "a", "bad_catalogue")


@pytest.mark.parametrize("weight", [0.01, 0.5, 1, 1.0])
def test_weights_up_to_1_are_taken(weight: float) -> None:
    """A target's weight is a number over 0 and at most 1."""
    document = {"skills": [skill("a")], "goals": [goal("g", skills={"a": weight})]}
    assert parsed(document).goals["g"].skills == {"a": weight}


@pytest.mark.parametrize("weight", [0, -0.5, 1.01, True, "1", None, float("nan")])
def test_other_weights_are_refused(weight: Any) -> None:
    """A weight out of bounds is refused with the goal and the skill it is for."""
    error = refusal({"skills": [skill("a")], "goals": [goal("g", skills={"a": weight})]})
    assert str(error) == "1.json: g: weight of a must be over 0 and at most 1"


@pytest.mark.parametrize("targets", [None, {}, [], ["a"], "a"])
def test_a_goal_without_targets_is_refused(targets: Any) -> None:
    """A goal maps at least one skill to a weight."""
    error = refusal({"skills": [skill("a")], "goals": [goal("g", skills=targets)]})
    assert str(error) == "1.json: g: skills must map at least one skill id to a weight"


@pytest.mark.parametrize("value", ANYTHING_BUT_A_TEXT)
@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"skills": [skill("a", id="?")]}, "a skill: id"),
        ({"skills": [skill("a", title="?")]}, "a: title"),
        ({"goals": [goal("g", id="?")]}, "a goal: id"),
        ({"goals": [goal("g", title="?")]}, "g: title"),
        ({"area": {"id": "?", "title": "Web"}}, "area: id"),
        ({"area": {"id": "web", "title": "?"}}, "area: title"),
    ],
)
def test_a_name_is_a_text(document: dict[str, Any], place: str, value: Any) -> None:
    """Ids and titles are texts that are not empty; the refusal says which one is not."""

    def with_value(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: with_value(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [with_value(inner) for inner in part]
        return value if part == "?" else part

    assert str(refusal(with_value(document))) == f"1.json: {place} must be a text that is not empty"


@pytest.mark.parametrize("field", ["prompts", "prerequisites", "resources"])
@pytest.mark.parametrize("value", ["Do it.", None, [""], ["Do it.", " "], [7], {"a": "b"}])
def test_a_list_of_texts_is_one(field: str, value: Any) -> None:
    """Prompts, prerequisites and resources are lists of texts that are not empty."""
    error = refusal({"skills": [skill("a", **{field: value})]})
    assert str(error) == f"1.json: a: {field} must be a list of texts that are not empty"


@pytest.mark.parametrize("changes", [{"prompts": []}, {}])
def test_a_skill_without_a_prompt_is_refused(changes: dict[str, Any]) -> None:
    """A skill that cannot be practised is refused with file and id."""
    error = refusal({"skills": [{"id": "a", "title": "A", "hours": 1, **changes}]})
    assert str(error) == "1.json: a: has no prompt; at least one practice task is needed"


@pytest.mark.parametrize("document", [[], "skills", None, 3])
def test_a_document_is_an_object(document: Any) -> None:
    """A document that is no object is refused by its name."""
    error = refusal({"skills": [skill("a")]}, document)
    assert str(error) == "2.json: must be an object with skills and goals"
    assert (error.source, error.item) == ("2.json", "")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"skills": {"a": skill("a")}}, "1.json: skills: must be a list of objects"),
        ({"skills": ["a"]}, "1.json: skills: must be a list of objects"),
        ({"skills": None}, "1.json: skills: must be a list of objects"),
        ({"goals": {"g": goal("g")}}, "1.json: goals: must be a list of objects"),
        ({"goals": [["g"]]}, "1.json: goals: must be a list of objects"),
        ({"areas": ["web"]}, "1.json: areas: must map ids to titles"),
        ({"areas": {"web": 1}}, "1.json: areas: must map ids to titles"),
        ({"area": "web"}, "1.json: area: must be an object with id and title"),
        ({"area": {"id": "web"}}, "1.json: area: title must be a text that is not empty"),
        ({}, "mine: has no skills"),
        ({"areas": {"web": "Web"}, "goals": []}, "mine: has no skills"),
    ],
)
def test_a_document_of_another_shape_is_refused(document: dict[str, Any], message: str) -> None:
    """The refusal of a wrong shape names the part that has it."""
    assert str(refusal(document)) == message


def test_a_catalogue_has_at_most_5000_skills() -> None:
    """The 5,001st skill is one too many."""
    skills = [skill(f"s{number}") for number in range(5001)]
    assert str(refusal({"skills": skills})) == "mine: has 5001 skills, at most 5000 are taken"
    assert len(parsed({"skills": skills[:5000]}).skills) == 5000
