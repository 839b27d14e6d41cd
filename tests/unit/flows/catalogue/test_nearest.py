"""Suggestions for a name that nobody knows."""

from itertools import permutations

import pytest

from flows.catalogue.nearest import nearest

NAMES = (
    "frontend",
    "fullstack",
    "backend",
    "react-hooks",
    "react-testing",
    "sql",
    "postgresql",
    "docker-basics",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fronted", ["frontend"]),
        ("full-stack", ["fullstack"]),
        ("react", ["react-hooks", "react-testing"]),
        ("REACT", ["react-hooks", "react-testing"]),
        ("docker", ["docker-basics"]),
        ("mysql", ["sql"]),
        ("reakt-hook", ["react-hooks"]),
        ("quantum", []),
        ("", []),
    ],
)
def test_the_names_most_alike_are_found(name: str, expected: list[str]) -> None:
    """Misspelt and shortened names find what was meant, whatever their case; nonsense finds nothing."""
    assert nearest(name, NAMES) == expected


@pytest.mark.parametrize("name", ["reacthooks", "react hooks", "React.Hooks", "-react--hooks-"])
def test_signs_between_the_letters_do_not_matter(name: str) -> None:
    """People forget where the dashes go, so a name without them is as like as it can be."""
    assert nearest(name, ["reacting", "react-hooks", "act-hooks"])[0] == "react-hooks"
    assert nearest("full-stack", ["full-stac", "FullStack"]) == ["FullStack", "full-stac"]
    assert nearest("fullstack", ["fullstac", "full-stack"]) == ["full-stack", "fullstac"]


def test_digits_count_like_letters() -> None:
    """The number of a version is part of a name."""
    assert nearest("python3", ["python2", "python3-tools"]) == ["python3-tools", "python2"]


def test_a_name_that_says_too_much_finds_what_it_contains() -> None:
    """A candidate inside the asked name is found, however little of it that is."""
    assert nearest("sql-joins-and-windows", ["sql", "joy"]) == ["sql"]


@pytest.mark.parametrize(
    ("name", "candidate", "found"),
    [("abcde", "abcxy", True), ("abcdef", "abcxyz", False)],
)
def test_three_letters_of_five_are_enough(name: str, candidate: str, found: bool) -> None:
    """A candidate is worth naming when three fifths of the letters fit."""
    assert nearest(name, [candidate]) == ([candidate] if found else [])


def test_case_of_the_candidates_does_not_matter() -> None:
    """A candidate is found in the case that it is written in."""
    assert nearest("kubernets", ["Kubernetes", "GO"]) == ["Kubernetes"]


@pytest.mark.parametrize("spelt_alike", ["create", "reach"])
def test_a_shortened_name_beats_one_spelt_alike(spelt_alike: str) -> None:
    """What contains the name comes before what is only spelt like it, however much longer it is."""
    assert nearest("react", [spelt_alike, "working-with-react"]) == ["working-with-react", spelt_alike]


def test_two_letters_contain_too_little() -> None:
    """A name of two letters is found by spelling only."""
    assert nearest("ab", ["abacus-and-other-tools", "abc"]) == ["abc"]
    assert nearest("aba", ["abacus-and-other-tools", "abc"]) == ["abacus-and-other-tools", "abc"]


def test_at_most_three_are_named() -> None:
    """Three suggestions are enough, unless somebody asks for another number."""
    names = ["task-a", "task-b", "task-c", "task-d"]
    assert nearest("task", names) == ["task-a", "task-b", "task-c"]
    assert nearest("task", names, limit=1) == ["task-a"]


@pytest.mark.parametrize("names", list(permutations(["task-b", "task-c", "task-a"])))
def test_ties_come_in_alphabetical_order(names: tuple[str, ...]) -> None:
    """The order in which names are given changes nothing, nor does a name given twice."""
    assert nearest("task", [*names, "task-b"]) == ["task-a", "task-b", "task-c"]
