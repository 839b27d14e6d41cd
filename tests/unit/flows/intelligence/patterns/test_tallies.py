"""Counting in bounded memory."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from flows.intelligence.patterns.model import Tally
from flows.intelligence.patterns.observations import Observation
from flows.intelligence.patterns.tallies import tally

ROOT = Path(__file__).parents[5]

Seen = tuple[str, int]  #: A key's only name, and when.


def observe(person: Sequence[Seen]) -> Iterator[Observation]:
    """Each name once, under the empty antecedent."""
    for name, at in person:
        yield (), [(name, at, (f"{name}-{at}",))]


def counted(
    people: Sequence[Sequence[Seen]], least: int = 1, most: int = 100, by_people: bool = True
) -> dict[str, Tally]:
    found = tally(people, observe, least=least, most_keys=most, by_people=by_people)
    return {key[0]: seen for key, seen in found.items()}


def test_a_tally_says_how_often_by_whom_and_when() -> None:
    """Occurrences, people, first and last, and the newest three as evidence, newest first."""
    found = counted([[("a", 5), ("a", 1), ("a", 9)], [("a", 7), ("b", 2)]])
    assert found == {"a": Tally(4, 2, 1, 9, ("a-9", "a-7", "a-5")), "b": Tally(1, 1, 2, 2, ("b-2",))}


def test_evidence_names_an_event_once() -> None:
    """An event that belongs to two occurrences is named once."""

    def twice(person: Sequence[Seen]) -> Iterator[Observation]:
        for _, at in person:
            yield (), [("a", at, ("same", f"other-{at}"))]

    found = tally([[("a", 1), ("a", 2)]], twice, least=1, most_keys=9, by_people=True)
    assert found["a",].evidence == ("same", "other-2", "other-1")


def test_too_few_people_are_no_pattern() -> None:
    """What one person does a hundred times is still one person's."""
    people = [[("a", n) for n in range(100)], [("b", 1)], [("b", 2)]]
    assert counted(people, least=2).keys() == {"b"}


def test_one_person_needs_occurrences() -> None:
    """Without counting people, twice is a pattern and once is none."""
    assert counted([[("a", 1), ("a", 2), ("b", 3)]], least=2, by_people=False).keys() == {"a"}


PEOPLE = [
    [(name, 1) for name in "abcdefgh"[: 8 - number]] for number in range(8)
]  #: a with 8 people, h with 1.


@pytest.mark.parametrize("most", [1, 3, 7])
def test_the_most_frequent_keys_are_kept_and_counted_exactly(most: int) -> None:
    """With room for three, the three that most people have stay, whoever comes first."""
    expected = {name: 8 - place for place, name in enumerate("abcdefgh"[:most])}
    for order in (PEOPLE, PEOPLE[::-1]):
        assert {name: seen.people for name, seen in counted(order, most=most).items()} == expected


def test_occurrences_decide_when_there_is_one_person() -> None:
    """Of one person's keys, those seen most often stay."""
    person = [(name, n) for n, name in enumerate("abbcccdddd")]
    assert counted([person], most=2, by_people=False).keys() == {"c", "d"}


def test_people_decide_when_there_are_more() -> None:
    """What two people did once goes before what one did a hundred times."""
    people = [[("often", n) for n in range(100)], [("both", 1)], [("both", 2)]]
    assert counted(people, most=1).keys() == {"both"}


def test_memory_is_bounded() -> None:
    """Of 100,000 keys with room for ten no more than buckets of two MB and little else are held."""
    names = [str(n) for n in range(317)]

    def pairs(person: str) -> Iterator[Observation]:
        for name in names:
            yield (name,), [(other, 0, ()) for other in names]

    tracemalloc.start()
    found = tally(["ann"], pairs, least=1, most_keys=10, by_people=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 10
    assert peak < 16_000_000


def test_no_room_means_nothing() -> None:
    """With room for no key, none is kept."""
    assert counted(PEOPLE, most=0) == {}


def test_what_others_are_divided_by_stays() -> None:
    """Of equally frequent keys, those that count opportunities go first."""

    def pairs(person: str) -> Iterator[Observation]:
        yield (), [("", 0, ("e",)), ("b", 0, ("e",))]
        yield ("a",), [("", 0, ("e",)), *((name, 0, ("e",)) for name in "bcdefg")]

    found = tally(["ann", "bob"], pairs, least=1, most_keys=3, by_people=True)
    assert found.keys() == {("",), ("b",), ("a", "")}


def test_which_keys_are_kept_is_the_same_in_every_process() -> None:
    """Of equally frequent keys the same are kept whatever Python's own hashes are."""
    script = (
        "from flows.intelligence.patterns.tallies import tally\n"
        "def observe(person):\n"
        "    for n in range(200): yield (), [(f'name {n}', n, (str(n),))]\n"
        "print(sorted(tally(['ann'], observe, least=1, most_keys=20, by_people=True)))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count("name") == 20
