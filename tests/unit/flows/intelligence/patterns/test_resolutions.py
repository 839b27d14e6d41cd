"""What worked before against an error, and which errors come back."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from flows.intelligence.patterns.in_process import InProcessPatterns
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.mining import MiningLimits
from flows.intelligence.patterns.model import Scope
from flows.intelligence.patterns.port import PatternSource
from flows.intelligence.patterns.resolutions import Resolution, recurring_errors, resolutions
from flows.intelligence.patterns.table import PatternTable
from flows.signals.events import Event
from tests.pattern_events import at, courses, fix, hit, skills

DAY = 24 * 60
MESSAGE = "KeyError: 'name'"


def solved(person: str, text: str, times: int = 1, failures: int = 0, **changes: Any) -> list[Event]:
    """A person meets the error in as many sessions, and the fix works in all but the last so many."""
    return [
        one
        for number in range(times + failures)
        for share in [{"user_id": person, "session_id": f"{text}{number}", **changes}]
        for one in (
            hit(2 * number, f"KeyError: 'key{number}'", id=f"{person} {text} {number}", **share),
            fix(2 * number + 1, text, id=f"{person} {text} {number} fixed", success=number < times, **share),
        )
    ]


def mined(events: Iterable[Event], **limits: Any) -> Miner:
    miner = Miner(limits=MiningLimits(**limits))
    miner.add(events)
    return miner


def tables(miner: Miner, person: str = "ann") -> list[PatternTable]:
    return [miner.of_person("acme", person), miner.of_organisation("acme"), miner.overall()]


def figures(found: Iterable[Resolution]) -> list[tuple[str, float, int, int, Scope]]:
    return [(r.fix, round(r.score, 6), r.successes, r.tries, r.pattern.scope) for r in found]


TEAM = [one for person in ("bob", "eve", "kim") for one in solved(person, "use get", 2, 1)]


def test_a_fix_is_found_by_the_template_of_its_error() -> None:
    """Another key in the message is the same error; another error is not."""
    found = tables(mined(TEAM))
    # Six of nine tries worked: (6 + 2 * .5) / (9 + 2).
    assert figures(resolutions(found, MESSAGE, 9)) == [
        ("use get", round(7 / 11, 6), 6, 9, Scope.ORGANISATION)
    ]
    assert resolutions(found, "TypeError: bad", 9) == []
    assert resolutions(found, "", 9) == []


def test_own_fixes_come_first() -> None:
    """One that worked once in two for oneself goes before one that worked more often for others."""
    miner = mined([*TEAM, *solved("ann", "catch it", 1, 1)])
    assert figures(resolutions(tables(miner), MESSAGE, 9)) == [
        ("catch it", 0.5, 1, 2, Scope.OWN),
        ("use get", round(7 / 11, 6), 6, 9, Scope.ORGANISATION),
    ]


def test_a_fix_is_named_once_with_its_own_counts() -> None:
    """Ann's one success is drawn towards what the organisation has seen, herself included: 7 of 10."""
    miner = mined([*TEAM, *solved("ann", "use get")])
    own = (1 + 2 * (7 + 1) / 12) / 3
    assert figures(resolutions(tables(miner), MESSAGE, 9)) == [("use get", round(own, 6), 1, 1, Scope.OWN)]


def test_of_others_the_surest_comes_first() -> None:
    """Three of three goes before six of nine, and the limit cuts."""
    miner = mined([*TEAM, *(one for p in ("bob", "eve", "kim") for one in solved(p, "restart"))])
    found = tables(miner)
    assert [r.fix for r in resolutions(found, MESSAGE, 9)] == ["restart", "use get"]
    assert [r.fix for r in resolutions(found, MESSAGE, 1)] == ["restart"]
    assert resolutions(found, MESSAGE, 0) == []


def test_fixes_of_few_people_are_used_for_nobody_else() -> None:
    """Two colleagues' fix is theirs; so are three colleagues' when four are asked for."""
    few = [one for person in ("bob", "eve") for one in solved(person, "secret", 5)]
    assert resolutions(tables(mined(few)), MESSAGE, 9) == []
    assert [r.fix for r in resolutions(tables(mined(few), "bob"), MESSAGE, 9)] == ["secret"]
    assert resolutions(tables(mined(TEAM)), MESSAGE, 9, people=4) == []


def test_another_organisation_s_fix_needs_company() -> None:
    """A fix that three people of one other organisation wrote stays there; of two it is told without ids."""
    zenith = [one for p in ("a", "b", "c") for one in solved(p, "use get", organisation="zenith")]
    third = [one for p in ("d", "e", "f") for one in solved(p, "use get", organisation="third")]
    assert resolutions(tables(mined(zenith)), MESSAGE, 9) == []
    (found,) = resolutions(tables(mined(zenith + third)), MESSAGE, 9)
    assert (found.fix, found.successes, found.pattern.scope) == ("use get", 6, Scope.OVERALL)
    assert found.pattern.evidence == ()


def test_a_fix_that_never_worked_is_none() -> None:
    """Tries alone are no resolution."""
    assert resolutions(tables(mined(solved("ann", "pray", 0, 3))), MESSAGE, 9) == []


def returning(error: str, days: list[int]) -> list[Event]:
    return [hit(DAY * day, error, session_id=f"{error}{day}", id=f"{error}{day}") for day in days]


def test_errors_that_came_back_lately_come_first() -> None:
    """Three returns, the newest 60 days ago, count as three quarters of one that was today."""
    events = returning("OldError: x", [0, 1, 2, 3]) + returning("NewError: x", [62, 63])
    table = mined([*events, *returning("OnceError: x", [63])]).of_person("acme", "ann")
    today = at(DAY * 63)
    assert [p.antecedent for p in recurring_errors(table, today, 9)] == [
        ("error:newerror: x",),
        ("error:olderror: x",),
    ]
    soon = today - timedelta(days=40)
    assert [p.antecedent for p in recurring_errors(table, soon, 1)] == [("error:newerror: x",)]
    assert [p.support for p in recurring_errors(table, today, 9)] == [1, 3]


@pytest.fixture
def source() -> PatternSource:
    events = [*TEAM, *solved("ann", "catch it"), *(e for n in range(3) for e in courses(f"p{n}", "xy"))]
    return InProcessPatterns.of(mined([*events, *skills("zoe", "abab", organisation="zenith")]))


def test_the_port_answers_for_a_person(source: PatternSource) -> None:
    """Candidates from the history, resolutions with the person's own first."""
    found = source.candidates_for("acme", "ann", courses("ann", "x"), 5)
    assert [(c.type, c.id) for c in found] == [("course", "y")]
    assert [r.fix for r in source.resolutions_for("acme", "ann", MESSAGE, 5)] == ["catch it", "use get"]
    assert [r.fix for r in source.resolutions_for("acme", "bob", MESSAGE, 5)] == ["use get"]


def test_the_port_mines_a_person_once() -> None:
    """Own patterns are held for the next question of the same person."""
    asked: list[tuple[str, str]] = []

    def own(organisation: str, person: str) -> PatternTable:
        asked.append((organisation, person))
        return PatternTable(Scope.OWN, {})

    held = InProcessPatterns(own, {}, PatternTable(Scope.OVERALL, {}))
    for person in ("ann", "ann", "bob", "ann"):
        held.resolutions_for("acme", person, MESSAGE, 1)
    assert asked == [("acme", "ann"), ("acme", "bob")]


def test_the_port_knows_no_strangers(source: PatternSource) -> None:
    """A person of another or an unknown organisation is told nothing of this one."""
    assert [
        c.id for c in source.candidates_for("zenith", "zoe", skills("zoe", "a", organisation="zenith"), 5)
    ] == ["b"]
    assert source.resolutions_for("zenith", "zoe", MESSAGE, 5) == []
    assert source.candidates_for("nowhere", "ann", courses("ann", "x"), 5) == []
    assert source.resolutions_for("nowhere", "ann", MESSAGE, 5) == []


def test_the_port_takes_as_many_people_as_its_miner() -> None:
    """What is mined for two people is told when two show it."""
    miner = mined([one for person in ("bob", "eve") for one in solved(person, "use get")], people=2)
    held = InProcessPatterns.of(miner)
    assert [r.fix for r in held.resolutions_for("acme", "ann", MESSAGE, 5)] == ["use get"]


def test_the_port_answers_as_of_when_it_was_made() -> None:
    """Events that come later take a new one; how many people it takes is the miner's to say."""
    miner = mined(TEAM, people=4)
    assert InProcessPatterns.of(miner).resolutions_for("acme", "ann", MESSAGE, 5) == []
    before = InProcessPatterns.of(miner)
    miner.add(solved("lee", "use get"))
    assert before.resolutions_for("acme", "ann", MESSAGE, 5) == []
    assert [r.fix for r in InProcessPatterns.of(miner).resolutions_for("acme", "ann", MESSAGE, 5)] == [
        "use get"
    ]
