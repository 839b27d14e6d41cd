"""The front's own memory of answers: bounded, and never of somebody who is out of date."""

import pytest

from app.answer_memory import TRUSTED_S, AnswerMemory
from tasks.store.base import Answer

ANSWER = Answer("job", "x" * 100)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> AnswerMemory:
    return AnswerMemory(most_bytes=1_000, clock=clock)


def put(
    memory: AnswerMemory,
    fingerprint: str,
    answer: Answer = ANSWER,
    person: str | None = None,
    *,
    since: float = 100.0,
) -> None:
    memory.put(fingerprint, answer, person, fresh_s=10, stale_s=50, since=since)


def freshness(memory: AnswerMemory, fingerprint: str) -> bool | None:
    found = memory.find(fingerprint)
    return found.fresh if found else None


@pytest.mark.parametrize(("after_s", "fresh"), [(0, True), (9, True), (10, False), (59, False), (60, None)])
def test_an_answer_grows_old(memory: AnswerMemory, clock: Clock, after_s: int, fresh: bool | None) -> None:
    """It is fresh, then stale, then gone."""
    put(memory, "a")
    clock.now += after_s
    assert freshness(memory, "a") is fresh


def test_reading_it_again_makes_it_no_newer(memory: AnswerMemory, clock: Clock) -> None:
    """The same job's answer keeps its times; another job's has its own."""
    put(memory, "a")
    clock.now += 20
    put(memory, "a")
    assert freshness(memory, "a") is False
    put(memory, "a", Answer("another", "y"))
    assert freshness(memory, "a") is True


def test_the_oldest_makes_room(memory: AnswerMemory) -> None:
    """There is room for so many bytes; what was used last stays."""
    for number in range(10):
        put(memory, str(number))
    put(memory, "0")
    put(memory, "more")
    assert len(memory) == 10
    assert memory.find("1") is None
    assert memory.find("0") is not None


def test_one_that_is_too_long_is_not_kept(memory: AnswerMemory) -> None:
    """An answer larger than the whole memory drives out the rest, and then itself."""
    put(memory, "a", Answer("job", "x" * 2_000))
    assert len(memory) == 0


def test_who_is_out_of_date_is_forgotten(memory: AnswerMemory) -> None:
    """All answers about a person go, and nobody else's."""
    put(memory, "a", person="ann")
    put(memory, "b", person="ann")
    put(memory, "c", person="bob")
    put(memory, "d")
    memory.outdate("ann")
    assert [freshness(memory, name) for name in "abcd"] == [None, None, True, True]


def test_an_answer_that_was_read_before_is_not_kept_after(memory: AnswerMemory, clock: Clock) -> None:
    """Who read an answer before its person went out of date cannot put it back."""
    since = memory.now()
    clock.now += 1
    memory.outdate("ann")
    put(memory, "a", person="ann", since=since)
    assert memory.find("a") is None
    clock.now += 1
    put(memory, "a", person="ann", since=memory.now())
    assert memory.find("a") is not None


def test_about_people_it_is_trusted_for_a_while_only(memory: AnswerMemory, clock: Clock) -> None:
    """Unheard that anybody was erased, an answer about a person is not given for long."""
    memory.put("a", ANSWER, "ann", fresh_s=10, stale_s=600, since=100.0)
    memory.put("b", ANSWER, None, fresh_s=10, stale_s=600, since=100.0)
    clock.now += TRUSTED_S
    assert (freshness(memory, "a"), freshness(memory, "b")) == (None, False)
    memory.heard()
    assert freshness(memory, "a") is False


def test_clear(memory: AnswerMemory) -> None:
    """After a gap in what was heard nothing is given any more."""
    put(memory, "a", person="ann")
    put(memory, "b")
    memory.clear()
    assert (len(memory), memory.find("a"), memory.find("b")) == (0, None, None)
