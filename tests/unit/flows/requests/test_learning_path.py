"""From what a client sent to the request that a flow works on."""

from typing import Any

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.requests.learning_path import learning_path
from tasks.store.in_memory_catalogues import InMemoryCatalogues

SENT = {"userId": "dev-123", "currentSkill": "junior", "goal": "fullstack", "timeframe": "6weeks"}


def document(*skills: str) -> dict[str, Any]:
    """A catalogue document with these skills, and the goal "fullstack" of the first."""
    return {
        "skills": [{"id": s, "title": s, "hours": 1, "prompts": ["Do it."]} for s in skills],
        "goals": [{"id": "fullstack", "title": "Full Stack", "skills": {skills[0]: 1.0}}],
    }


BUILT_IN = parse("built-in", [("test", document("html", "css", "react"))])


def built_in() -> Catalogue:
    """The catalogue that everybody has."""
    return BUILT_IN


def asked(organisation: str = "acme", **changes: Any) -> dict[str, Any]:
    """The request made of SENT with changes; acme has a second catalogue, "go"."""
    catalogues = InMemoryCatalogues(built_in)
    catalogues.put("acme", "go", document("channels"), "go.json")
    return learning_path(organisation, {**SENT, **changes}, catalogues)


def faults(**changes: Any) -> list[tuple[str, str]]:
    """Field and message of everything that is wrong with SENT and changes."""
    with pytest.raises(InvalidRequest) as caught:
        asked(**changes)
    assert all(isinstance(error, InvalidInput) for error in caught.value.errors)
    return [(error.field, str(error)) for error in caught.value.errors]


def test_defaults_are_filled_in() -> None:
    """What was not said is 6 hours a week on the built-in catalogue; knownSkills stays unsaid."""
    assert asked() == {
        "organisation": "acme",
        "userId": "dev-123",
        "currentSkill": "junior",
        "goal": "fullstack",
        "weeks": 6,
        "hoursPerWeek": 6.0,
        "catalogue": "built-in",
        "catalogueRevision": BUILT_IN.revision,
    }


def test_what_was_said_is_kept() -> None:
    """Hours, catalogue and known skills are those of the client."""
    request = asked(hoursPerWeek=4, catalogue="go", knownSkills=["channels"])
    assert (request["hoursPerWeek"], request["catalogue"], request["knownSkills"]) == (
        4.0,
        "go",
        ["channels"],
    )
    assert request["catalogueRevision"] == parse("any", [("any", document("channels"))]).revision


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"timeframe": "6weeks"}, {"timeframe": "42 Days"}),
        ({"hoursPerWeek": 6}, {}),
        ({"catalogue": "built-in"}, {}),
        ({"knownSkills": ["css", "html", "css"]}, {"knownSkills": ["html", "css"]}),
        ({"knownSkills": None}, {}),
    ],
)
def test_equal_wishes_come_out_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two ways to say the same thing make the same request."""
    assert asked(**one) == asked(**other)
    assert repr(asked(**one)) == repr(asked(**other))


def test_knowing_nothing_is_not_the_same_as_saying_nothing() -> None:
    """An empty list of known skills is a statement, and stays one."""
    assert asked(knownSkills=[])["knownSkills"] == []
    assert "knownSkills" not in asked()


def test_what_a_request_does_not_have_is_dropped() -> None:
    """A field that no flow knows is not part of the request, so it does not split the cache."""
    assert asked(colour="red") == asked()


def test_any_skill_may_be_the_goal() -> None:
    """The goal may be the id of a skill."""
    assert asked(goal="react")["goal"] == "react"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"goal": "fulstack"}, [("goal", "unknown goal 'fulstack'; nearest: fullstack")]),
        ({"goal": "html", "catalogue": "go"}, [("goal", "unknown goal 'html'")]),
        ({"knownSkills": ["html", "reakt"]}, [("knownSkills/1", "unknown skill 'reakt'; nearest: react")]),
        ({"knownSkills": ["fullstack"]}, [("knownSkills/0", "unknown skill 'fullstack'")]),
        ({"catalogue": "gol"}, [("catalogue", "unknown catalogue 'gol'; nearest: go")]),
        ({"timeframe": "200weeks"}, [("timeframe", "must be between 7days and 104weeks")]),
        (
            {"timeframe": "soon"},
            [
                (
                    "timeframe",
                    "must be a number with days, weeks, months or years, such as 3months, 6weeks or 90days",
                )
            ],
        ),
    ],
)
def test_a_fault_names_its_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Each fault comes with the path of the field and with what was probably meant."""
    assert faults(**changes) == expected


def test_all_faults_come_at_once() -> None:
    """A client sees everything that is wrong with one request."""
    found = faults(goal="fulstack", timeframe="6days", knownSkills=["zzz", "css", "yyy"])
    assert [field for field, _ in found] == ["timeframe", "goal", "knownSkills/0", "knownSkills/2"]


def test_without_a_catalogue_names_cannot_be_checked() -> None:
    """An unknown catalogue says nothing about its goals and skills, but other faults still come."""
    found = faults(catalogue="rust", goal="fulstack", timeframe="6days", knownSkills=["zzz"])
    assert [field for field, _ in found] == ["timeframe", "catalogue"]


def test_the_catalogue_of_another_organisation_is_unknown() -> None:
    """Only the organisation that imported a catalogue can plan from it."""
    with pytest.raises(InvalidRequest, match=r"^unknown catalogue 'go'$") as caught:
        asked(organisation="other", catalogue="go", goal="channels")
    (error,) = caught.value.errors
    assert isinstance(error, UnknownName)
    assert (error.field, error.nearest) == ("catalogue", ())
