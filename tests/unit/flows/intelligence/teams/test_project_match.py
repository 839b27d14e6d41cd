"""Which kind of project a name stands for."""

import pytest

from flows.errors import UnknownName
from flows.intelligence.teams.project_match import built_in_matcher


@pytest.mark.parametrize(
    ("name", "project", "by"),
    [
        ("microservices-migration", "microservices-migration", "name"),
        ("Microservices Migration", "microservices-migration", "name"),
        ("cicd", "ci-cd", "name"),
        ("move our monolith to services", "microservices-migration", "words"),
        ("GDPR audit", "privacy-compliance", "words"),
        ("Modernization of legacy", "legacy-modernisation", "words"),
        ("rewrite of the COBOL mainframe", "legacy-modernisation", "words"),
        ("AI chatbots", "llm-assistant", "words"),
        ("Terraform", "infrastructure-as-code", "words"),
        ("mircoservices migration", "microservices-migration", "spelling"),
        ("Unit testing", "unit-testing", "skills"),
        ("pytorch things of ours", "pytorch", "skills"),
    ],
)
def test_the_nearest_kind(name: str, project: str, by: str) -> None:
    """The same name comes first, then words, then spelling, then the skills in the name."""
    found = built_in_matcher().match(name)
    assert (found.project.id, found.by) == (project, by)
    assert 0 < found.score <= 1


def test_how_much_is_explained() -> None:
    """The score is 1 for a name, and the share of the words' weight that a kind has for words."""
    matcher = built_in_matcher()
    assert matcher.match("payments").score == 1.0
    assert matcher.match("stripe subscriptions").score == 1.0
    assert matcher.match("stripe hovercraft").score == 0.5


def test_a_kind_made_of_skills() -> None:
    """Skills that a name mentions are a project of their own, with its name and no known risk."""
    found = built_in_matcher().match("Vue  and angular")
    assert dict(found.project.skills) == {"vue-fundamentals": 1.0, "angular-fundamentals": 1.0}
    assert (found.project.title, found.project.risk, found.score) == ("Vue and angular", "", 1.0)


def test_common_words_name_nothing() -> None:
    """A word that many kinds share is no match, but the kinds that have it are the nearest."""
    with pytest.raises(UnknownName) as raised:
        built_in_matcher().match("hovercraft migration")
    assert len(raised.value.nearest) == 3
    assert all("migration" in name for name in raised.value.nearest)
    assert raised.value.field == "project"


@pytest.mark.parametrize("name", ["banana", "the new project", "!!!", " ", "水上", "x" * 200])
def test_nothing_near_is_said_to_be_nothing(name: str) -> None:
    """A name that stands for nothing is an error, and not the first kind there is."""
    with pytest.raises(UnknownName) as raised:
        built_in_matcher().match(name)
    assert raised.value.nearest == ()


def test_no_kind_is_taken_for_another() -> None:
    """Every kind's title leads to itself."""
    matcher = built_in_matcher()
    for project in matcher.projects.values():
        assert matcher.match(project.title).project is project
        assert matcher.match(project.id).project is project
