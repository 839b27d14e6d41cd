"""What makes two requests equal."""

from typing import Any

import pytest

from flows.fingerprint import fingerprint

REQUEST = {"userId": "u", "weeks": 4, "hoursPerWeek": 6.0, "knownSkills": ["a", "b"]}
DIGEST = "73184a4b87765206b9ae8487e0720f27"


def test_it_is_the_same_in_every_process() -> None:
    """The digest is a fixed function of the parts: 32 hexadecimal digits."""
    assert fingerprint("demo", "learning_path", "1", {"goal": "fullstack"}) == DIGEST
    assert len(DIGEST) == 32


def test_the_order_of_keys_does_not_matter() -> None:
    """Mappings that are equal have one fingerprint, also deep inside."""
    turned = dict(reversed(REQUEST.items()))
    assert fingerprint("a", turned) == fingerprint("a", REQUEST)
    assert fingerprint({"x": {"a": 1, "b": 2}}) == fingerprint({"x": {"b": 2, "a": 1}})


@pytest.mark.parametrize(
    "parts",
    [
        (REQUEST,),
        ("a", "b", REQUEST),
        ("b", REQUEST),
        (REQUEST, "a"),
        ("a", {**REQUEST, "userId": "v"}),
        ("a", {**REQUEST, "userId": "U"}),
        ("a", {**REQUEST, "weeks": 5}),
        ("a", {**REQUEST, "weeks": "4"}),
        ("a", {**REQUEST, "knownSkills": ["b", "a"]}),
        ("a", {**REQUEST, "knownSkills": []}),
        ("a", {**REQUEST, "knownSkills": None}),
        ("a", {key: value for key, value in REQUEST.items() if key != "knownSkills"}),
    ],
)
def test_any_other_part_makes_another(parts: tuple[Any, ...]) -> None:
    """Requests that differ in any part have different fingerprints."""
    assert fingerprint(*parts) != fingerprint("a", REQUEST)


@pytest.mark.parametrize(
    ("one", "other"),
    [(("ab", "c"), ("a", "bc")), (("a", ""), ("a",)), (('a","b',), ("a", "b")), (("é",), ("e",))],
)
def test_parts_do_not_run_into_each_other(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Where one part ends and the next begins is part of the fingerprint."""
    assert fingerprint(*one) != fingerprint(*other)
