"""Patterns with their support, confidence and lift, computed by hand."""

from collections.abc import Iterable
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.mining import MiningLimits, mine_overall
from flows.intelligence.patterns.model import Pattern, PatternKind, Scope
from flows.intelligence.patterns.table import NOTHING, PatternTable
from flows.intelligence.patterns.track import Window
from flows.signals.events import Event
from tests.pattern_events import at, courses, event, fix, hit, skills

DAY = 24 * 60


def mined(events: Iterable[Event], **limits: Any) -> Miner:
    miner = Miner(limits=MiningLimits(**{"window": Window(visits=2), **limits}))
    miner.add(events)
    return miner


def figures(pattern: Pattern) -> tuple[int, int, float, float, int]:
    """Support, opportunities, confidence, lift, people."""
    lift, confidence = round(pattern.lift, 6), round(pattern.confidence, 6)
    return pattern.support, pattern.opportunities, confidence, lift, pattern.people


def rules(table: PatternTable, kind: PatternKind) -> dict[str, tuple[int, int, float, float, int]]:
    """Figures by ``a>b``, without the empty antecedent."""
    return {
        ">".join(name.removeprefix("skill:") for name in (*pattern.antecedent, pattern.consequent)): figures(
            pattern
        )
        for pattern in table.patterns(kind)
        if pattern.antecedent
    }


THREE = skills("ann", "abc") + skills("bob", "abc") + skills("eve", "acb")


def test_sequences_of_an_organisation() -> None:
    """Nine visits: b follows 4 of them, and 3 of 3 visits of a; so a>b lifts by 1 / (4/9)."""
    table = mined(THREE).of_organisation("acme")
    assert rules(table, PatternKind.SKILL_SEQUENCE) == {
        "a>b": (3, 3, 1.0, 2.25, 3),
        "a>c": (3, 3, 1.0, 1.8, 3),
    }


def test_sequences_of_three() -> None:
    """Two of the three that went from a to b had c after it; c follows 5 of 9 visits."""
    table = mined(THREE, people=2).of_organisation("acme")
    found = rules(table, PatternKind.SKILL_SEQUENCE)
    assert found["a>b>c"] == (2, 3, 0.666667, 1.2, 2)
    assert found["b>c"] == (2, 3, 0.666667, 1.2, 2)
    assert "a>c>b" not in found


def test_transitions() -> None:
    """Of six transitions three lead to c; b was left twice, both times for c."""
    table = mined(THREE, people=2).of_organisation("acme")
    assert rules(table, PatternKind.SKILL_TRANSITION) == {
        "a>b": (2, 3, 0.666667, 1.333333, 2),
        "b>c": (2, 2, 1.0, 2.0, 2),
    }


def test_skills_together() -> None:
    """In four sessions a is there twice, b three times, both twice: a>b is sure and lifts by 4/3."""
    sessions = {"s1": "ab", "s2": "ba", "s3": "c", "s4": "b"}
    events = [
        event(10 * number + place, skill=skill, session_id=name)
        for number, (name, names) in enumerate(sessions.items())
        for place, skill in enumerate(names)
    ]
    assert rules(mined(events).of_person("acme", "ann"), PatternKind.SKILLS_TOGETHER) == {
        "a>b": (2, 2, 1.0, 1.333333, 1),
        "b>a": (2, 3, 0.666667, 1.333333, 1),
    }


def test_items_and_skills_are_apart() -> None:
    """Courses follow courses, and say nothing of skills."""
    events = courses("ann", "xyxy")
    table = mined(events).of_person("acme", "ann")
    assert rules(table, PatternKind.ITEM_SEQUENCE) == {"course:x>course:y": (2, 2, 1.0, 2.0, 1)}
    assert rules(table, PatternKind.SKILL_SEQUENCE) == {}


def test_errors_that_come_back() -> None:
    """Met in three sessions and so come back twice; of the four sessions with errors two had a return."""
    events = [hit(DAY * day, "KeyError: 'a'", session_id=f"s{day}") for day in range(3)]
    events += [hit(1, "TypeError: bad")]
    assert rules(mined(events).of_person("acme", "ann"), PatternKind.RECURRING_ERROR) == {
        "error:keyerror: <quoted>>again": (2, 3, 0.666667, 1.333333, 1)
    }


def test_what_resolved_errors() -> None:
    """A worked in one of two tries, B in its only one, while two of three tries of anything worked."""
    events = [
        *(hit(0, "KeyError: 'a'"), fix(1, "A"), hit(2, "KeyError: 'a'"), fix(3, "A")),
        *(hit(4, "TypeError: bad"), fix(5, "B")),
    ]
    assert rules(mined(events).of_person("acme", "ann"), PatternKind.ERROR_RESOLUTION) == {
        "error:keyerror: <quoted>>A>resolved": (1, 2, 0.5, 0.75, 1),
        "error:typeerror: bad>B>resolved": (1, 1, 1.0, 1.5, 1),
    }


def test_a_pattern_knows_its_events() -> None:
    """When it was first and last seen, and the ids of the newest events behind it."""
    table = mined(THREE).of_organisation("acme")
    pattern = table.pattern(PatternKind.SKILL_SEQUENCE, ("skill:a",), "skill:b")
    assert (pattern.first_seen, pattern.last_seen) == (at(1), at(2))
    assert pattern.evidence == ("eve-0", "eve-2", "bob-0", "bob-1", "ann-0", "ann-1")
    assert pattern.scope is Scope.ORGANISATION


def test_once_is_no_habit() -> None:
    """One person's sequence is a pattern from the second time on."""
    assert rules(mined(courses("ann", "xy")).of_person("acme", "ann"), PatternKind.ITEM_SEQUENCE) == {}


def test_patterns_of_few_people_are_not_the_organisation_s() -> None:
    """Two people are too few for the default of three, whatever they do how often."""
    events = [
        e
        for p in ("ann", "bob")
        for e in [*skills(p, "ababab"), hit(9, "boom", user_id=p), fix(10, "A", user_id=p)]
    ]
    table = mined(events).of_organisation("acme")
    assert len(table) == 0
    assert len(mined(events, people=2).of_organisation("acme")) > 0


def organisation(name: str, people: int, track: str = "ab") -> list[Event]:
    return [e for n in range(people) for e in skills(f"{name}-{n}", track, organisation=name)]


def test_overall_adds_up_organisations() -> None:
    """Three and four people of two organisations went from a to b; ids of their events are not told."""
    table = mined(organisation("acme", 3) + organisation("zenith", 4)).overall()
    pattern = table.pattern(PatternKind.SKILL_SEQUENCE, ("skill:a",), "skill:b")
    assert figures(pattern) == (7, 7, 1.0, 2.0, 7)
    assert (pattern.scope, pattern.evidence) == (Scope.OVERALL, ())
    assert (pattern.first_seen, pattern.last_seen) == (at(1), at(1))


def test_overall_needs_enough_people_in_each_of_enough_organisations() -> None:
    """One organisation of its own is not everyone, nor are two people of another."""
    assert len(mined(organisation("acme", 5)).overall()) == 0
    assert len(mined(organisation("acme", 5), organisations=1).overall()) > 0
    table = mined(organisation("acme", 5) + organisation("zenith", 2)).overall()
    assert len(table) == 0
    mixed = mined([*organisation("acme", 4), *organisation("zenith", 3), *organisation("third", 2, "cb")])
    found = rules(mixed.overall(), PatternKind.SKILL_SEQUENCE)
    assert found == {"a>b": (7, 7, 1.0, 2.0, 7)}


def test_overall_takes_only_what_is_anonymous() -> None:
    """A table that was mined for two people gives nothing to one for everyone that asks for three."""
    tables = [mined(organisation(name, 2), people=2).of_organisation(name) for name in ("acme", "zenith")]
    assert len(mine_overall(tables, MiningLimits(people=3))) == 0
    assert len(mine_overall(tables, MiningLimits(people=2))) > 0


def test_tables_follow_events() -> None:
    """A table that was asked for is mined again when events came, late ones and merged ones too."""
    miner = mined(skills("ann", "ab") + skills("bob", "ab") + skills("eve", "a"))
    assert rules(miner.of_organisation("acme"), PatternKind.SKILL_SEQUENCE) == {}
    miner.add([event(1, user_id="eve", skill="b")])
    assert rules(miner.of_organisation("acme"), PatternKind.SKILL_SEQUENCE) == {"a>b": (3, 3, 1.0, 2.0, 3)}
    miner.merge(mined(skills("kim", "ab")))
    assert rules(miner.of_organisation("acme"), PatternKind.SKILL_SEQUENCE) == {"a>b": (4, 4, 1.0, 2.0, 4)}
    miner.forget("acme", "kim")
    assert rules(miner.of_organisation("acme"), PatternKind.SKILL_SEQUENCE) == {"a>b": (3, 3, 1.0, 2.0, 3)}


def test_what_did_not_change_is_not_mined_again() -> None:
    """Events fed twice, or of another organisation, leave a table as it is."""
    miner = mined(THREE)
    table = miner.of_organisation("acme")
    miner.add(THREE)
    miner.add(skills("ann", "ab", organisation="zenith"))
    assert miner.of_organisation("acme") is table


@pytest.mark.parametrize("counters", [0, 1, 10, 30, 60, 90])
def test_counters_are_bounded(counters: int) -> None:
    """No scope has more counters than allowed, and what is left is not wrong."""
    events = [
        one
        for name in ("acme", "zenith")
        for one in organisation(name, 3, "abcdbacdab")
        + [e for n in range(3) for e in courses(f"other-{n}", "abcdefgh", organisation=name)]
    ]
    exact, bounded = mined(events), mined(events, counters=counters)
    for table, whole in (
        (bounded.of_organisation("acme"), exact.of_organisation("acme")),
        (bounded.of_person("acme", "acme-0"), exact.of_person("acme", "acme-0")),
        (bounded.overall(), exact.overall()),
    ):
        assert len(table) <= counters
        for kind in PatternKind:
            assert rules(table, kind).items() <= rules(whole, kind).items()
    assert len(exact.of_organisation("acme")) > 90


def test_sequences_of_three_take_what_pairs_leave() -> None:
    """Eight courses in a row have 44 counters of visits and pairs; of 56 triples 30 fit beside them."""
    events = [e for n in range(3) for e in courses(f"p{n}", "abcdefgh")]
    limits = {"window": Window(visits=7), "counters": 74}
    tallies = mined(events, **limits).of_organisation("acme").tallies[PatternKind.ITEM_SEQUENCE]
    assert sum(len(key) < 3 for key in tallies) == 44
    assert sum(len(key) == 3 for key in tallies) == 30


def test_a_table_is_plain_json() -> None:
    """It comes back with the same patterns."""
    table = mined([*THREE, *courses("ann", "xy")]).of_organisation("acme")
    document = table.to_json()
    assert document["tallies"]["skill_sequence"][-1][0] == ["skill:c", ""]
    again = PatternTable.from_json(document)
    assert again.to_json() == document
    assert list(again.patterns(PatternKind.SKILL_SEQUENCE)) == list(
        table.patterns(PatternKind.SKILL_SEQUENCE)
    )


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 9},
        {"version": 1, "scope": "own"},
        {"version": 1, "scope": "mine", "tallies": {}},
        {"version": 1, "scope": "own", "tallies": {"skill_sequence": [[1]]}},
    ],
)
def test_what_is_no_table_is_refused(document: dict[str, Any]) -> None:
    """Another version, or something else altogether, is an error in our words."""
    with pytest.raises(InvalidInput, match="pattern table"):
        PatternTable.from_json(document)


def test_a_counter_without_its_divisor_is_no_pattern() -> None:
    """A table that lost the opportunities of a pattern does not guess them."""
    document = mined(THREE).of_organisation("acme").to_json()
    kept = [entry for entry in document["tallies"]["skill_sequence"] if entry[0] != ["skill:a", ""]]
    table = PatternTable.from_json({**document, "tallies": {"skill_sequence": kept}})
    assert rules(table, PatternKind.SKILL_SEQUENCE) == {}
    assert table.after(PatternKind.SKILL_SEQUENCE, ("skill:a",)) == NOTHING
    assert ("skill:a", "skill:b") not in table.tallies[PatternKind.SKILL_SEQUENCE]


def test_organisations_with_bounds_add_up() -> None:
    """What one organisation could not keep makes nothing more than certain overall."""
    events = organisation("acme", 3, "abcdbacdab") + organisation("zenith", 3, "badcab")
    for counters in range(10, 80):
        overall = mined(events, organisations=1, counters=counters).overall()
        for kind in PatternKind:
            assert all(pattern.confidence <= 1 for pattern in overall.patterns(kind))


def test_a_miner_is_plain_json() -> None:
    """A stored state gives the same tables; organisations are listed."""
    miner = mined(THREE + skills("kim", "ab", organisation="zenith"))
    again = Miner.from_json(miner.to_json(), limits=miner.limits)
    assert again.organisations() == ["acme", "zenith"]
    assert again.of_organisation("acme").to_json() == miner.of_organisation("acme").to_json()
