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
