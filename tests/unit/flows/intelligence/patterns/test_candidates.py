"""What to do next, and how sure that is, computed by hand."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from flows.intelligence.patterns.candidates import Candidate, candidates
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.mining import MiningLimits
from flows.intelligence.patterns.model import PatternKind, Scope
from flows.intelligence.patterns.table import PatternTable
from flows.intelligence.patterns.track import Window
from flows.signals.events import Event, Kind
from tests.pattern_events import courses, event, skills

#: Five people complete x and then y, three x and then z; so y follows x in 5 of 8, z in 3 of 8.
COLLEAGUES = [
    *(e for n in range(5) for e in courses(f"to-y-{n}", "xy")),
    *(e for n in range(3) for e in courses(f"to-z-{n}", "xz")),
]


def mined(events: Iterable[Event], **limits: Any) -> Miner:
    miner = Miner(limits=MiningLimits(**{"window": Window(visits=1), **limits}))
    miner.add(events)
    return miner


def tables(miner: Miner, person: str = "ann") -> list[PatternTable]:
    return [miner.of_person("acme", person), miner.of_organisation("acme"), miner.overall()]


def scores(found: Sequence[Candidate]) -> dict[str, float]:
    return {f"{candidate.type}:{candidate.id}": round(candidate.score, 6) for candidate in found}


def test_the_likeliest_comes_first() -> None:
    """x was seen 8 times and counts with 8 of 13; the rest is popularity: y after 5 of 16 visits, of 21."""
    found = candidates(tables(mined(COLLEAGUES)), courses("ann", "x"), 9)
    assert scores(found) == {
        "course:y": round(5 / 13 + 5 / 13 * 5 / 21, 6),
        "course:z": round(3 / 13 + 5 / 13 * 3 / 21, 6),
    }
    assert [candidate.id for candidate in found] == ["y", "z"]


def test_a_candidate_comes_with_its_pattern() -> None:
    """The pattern that adds most to the score says who did what, how often, and in which events."""
    best = candidates(tables(mined(COLLEAGUES)), courses("ann", "x"), 1)[0].pattern
    assert (best.kind, best.scope) == (PatternKind.ITEM_SEQUENCE, Scope.ORGANISATION)
    assert (best.antecedent, best.consequent) == (("course:x",), "course:y")
    assert (best.support, best.opportunities, best.people) == (5, 8, 5)
    assert best.evidence == ("to-y-4-0", "to-y-4-1", "to-y-3-0", "to-y-3-1", "to-y-2-0", "to-y-2-1")


def test_own_patterns_go_before_those_of_others() -> None:
    """Ann went from x to z twice: 2 of 2, counting 2 of 7; the organisation has the other 5 of 7."""
    own = [event(n, Kind.COURSE_STARTED, item=item) for n, item in enumerate("xzxz")]
    miner = mined([*COLLEAGUES, *own])
    found = candidates(tables(miner), [event(0, Kind.COURSE_STARTED, item="x")], 9)
    # The organisation: x 10 times, y after 5, z after 5; popularity is Ann's own z after 2 of 4 visits
    # with 4 of 9, then the organisation's y and z, each after 5 of 20 visits, with 20 of 25.
    x_own, x_all = 2 / 7, 5 / 7 * 10 / 15
    left = 5 / 7 * 5 / 15
    z = x_own + x_all * 5 / 10 + left * (2 / 9 + 5 / 9 * 5 / 25)
    y = x_all * 5 / 10 + left * 5 / 9 * 5 / 25
    assert scores(found) == {"course:z": round(z, 6), "course:y": round(y, 6)}
    assert found[0].pattern.scope is Scope.OWN
    assert found[1].pattern.scope is Scope.ORGANISATION


def test_everyone_helps_out_where_the_organisation_knows_nothing() -> None:
    """A person of a new organisation gets what two others have in common."""
    others = [
        e for name in ("zenith", "third") for n in range(3) for e in courses(f"p{n}", "xy", organisation=name)
    ]
    (found,) = candidates(tables(mined(others)), courses("ann", "x"), 9)
    assert (found.id, found.pattern.scope, found.pattern.people) == ("y", Scope.OVERALL, 6)
    assert found.pattern.evidence == ()


def test_patterns_of_few_people_are_used_for_nobody_else() -> None:
    """Asked for four people, three that went from x to z are not told; five that went to y are."""
    found = candidates(tables(mined(COLLEAGUES)), courses("ann", "x"), 9, people=4)
    assert [candidate.id for candidate in found] == ["y"]
    assert candidates(tables(mined(COLLEAGUES)), courses("ann", "x"), 9, people=6) == []


def test_own_patterns_need_no_company() -> None:
    """What one person does is used for that person."""
    own = [event(n, Kind.COURSE_STARTED, item=item) for n, item in enumerate("xzxz")]
    found = candidates(tables(mined(own)), [event(0, Kind.COURSE_STARTED, item="x")], 9)
    assert [candidate.id for candidate in found] == ["z"]


def test_two_before_say_more_than_one() -> None:
    """After w and x comes y, after v and x comes z; who comes from w is shown y first."""
    ways = [e for n in range(9) for e in [*courses(f"w-{n}", "wxy"), *courses(f"v-{n}", "vxz")]]
    both = tables(mined(ways, window=Window(visits=2)))
    found = candidates(both, courses("ann", "wx"), 2)
    # x counts two thirds: w and x 9 of 49, then x 18 of 23, half y; w one third: 9 of 14, all y.
    # What is left goes to popularity: y and z follow 18 of 54 visits each, with 54 of 59.
    pair, one, before = 2 / 3 * 9 / 49, 2 / 3 * 40 / 49 * 9 / 23, 1 / 3 * 9 / 14
    left = 2 / 3 * 40 / 49 * 5 / 23 + 1 / 3 * 5 / 14
    y_popular, z_popular = left * 18 / 59, left * 18 / 59
    assert scores(found) == {
        "course:y": round(pair + one + before + y_popular, 6),
        "course:z": round(one + z_popular, 6),
    }
    assert [c.id for c in candidates(both, courses("ann", "vx"), 2)] == ["z", "y"]


def test_what_lies_further_back_counts_less() -> None:
    """After x comes y, after v comes z: of v and then x, x counts twice as much."""
    ways = [e for n in range(9) for e in [*courses(f"x-{n}", "xy"), *courses(f"v-{n}", "vz")]]
    found = scores(candidates(tables(mined(ways)), courses("ann", "vx"), 9))
    # 9 of 9 counting 9 of 14, two thirds and one third; y and z after 9 of 36 visits each.
    popular = 5 / 14 * 9 / 41
    assert found["course:y"] == round(2 / 3 * 9 / 14 + popular, 6)
    assert found["course:z"] == round(1 / 3 * 9 / 14 + popular, 6)


def test_skills_are_mixed_of_three_kinds() -> None:
    """a then b with three people, each in one session: what comes soon, directly, and together."""
    events = [e for n in range(3) for e in skills(f"p{n}", "ab")]
    (found,) = candidates(tables(mined(events)), skills("ann", "a"), 9)
    # Each kind: 3 of 3 counting 3 of 8; then popularity: after 3 of 6 visits, in 3 of 3 transitions
    # and in 3 of 3 sessions.
    soon, directly, together = (3 / 8 + 5 / 8 * x for x in (3 / 11, 3 / 8, 3 / 8))
    assert (found.type, found.id) == ("skill", "b")
    assert found.score == pytest.approx(0.5 * soon + 0.25 * directly + 0.25 * together)


def test_only_wanted_types_are_given() -> None:
    """Prompts when prompts are wanted, skills when skills are, and both when nothing is said."""
    events = [
        event(n, Kind.PROMPT_USED, user_id=f"p{p}", item=item, skill=skill)
        for p in range(3)
        for n, (item, skill) in enumerate([("x", "a"), ("y", "b")])
    ]
    history = [event(0, Kind.PROMPT_USED, item="x", skill="a")]
    found = {
        types: {c.type for c in candidates(tables(mined(events)), history, 9, types=types)}
        for types in [("prompt",), ("skill",), ("course",), ("skill", "prompt"), ()]
    }
    assert found == {
        ("prompt",): {"prompt"},
        ("skill",): {"skill"},
        ("course",): set(),
        ("skill", "prompt"): {"skill", "prompt"},
        (): set(),
    }
    assert {c.type for c in candidates(tables(mined(events)), history, 9)} == {"skill", "prompt"}


@pytest.mark.parametrize(
    ("kind", "success", "left"),
    [
        (Kind.PROMPT_ACCEPTED, None, []),
        (Kind.PROMPT_DISMISSED, None, []),
        (Kind.PROMPT_USED, None, ["y"]),
    ],
)
def test_what_is_finished_is_no_candidate(kind: Kind, success: bool | None, left: list[str]) -> None:
    """A prompt that was taken or dismissed is not suggested again, one that was used may be."""
    events = [
        event(n, Kind.PROMPT_USED, user_id=f"p{p}", item=i) for p in range(3) for n, i in enumerate("xy")
    ]
    history = [event(0, kind, item="y", success=success), event(1, Kind.PROMPT_USED, item="x")]
    assert [c.id for c in candidates(tables(mined(events)), history, 9)] == left


@pytest.mark.parametrize(("success", "left"), [(True, []), (False, ["y"]), (None, ["y"])])
def test_a_question_may_come_again_until_it_is_answered(success: bool | None, left: list[str]) -> None:
    """A right answer ends it, a wrong one does not."""
    kind = Kind.QUIZ_ANSWERED
    events = [event(n, kind, user_id=f"p{p}", item=i) for p in range(3) for n, i in enumerate("xy")]
    history = [event(0, kind, item="y", success=success), event(1, kind, item="x", success=False)]
    assert [c.id for c in candidates(tables(mined(events)), history, 9)] == left


def test_what_is_at_hand_is_no_candidate() -> None:
    """Whoever is at y, at which most arrive, is not sent to y."""
    found = candidates(tables(mined(COLLEAGUES)), [event(0, Kind.COURSE_STARTED, item="y")], 9)
    assert [candidate.id for candidate in found] == ["z"]


def test_a_newcomer_gets_what_is_popular() -> None:
    """Without history, y that 5 of 16 visits led to goes before z."""
    found = candidates(tables(mined(COLLEAGUES)), [], 9)
    assert scores(found) == {"course:y": round(5 / 21, 6), "course:z": round(3 / 21, 6)}
    assert found[0].pattern.antecedent == ()


def test_history_may_come_in_any_order() -> None:
    """The newest event decides, not the last given."""
    wide = tables(mined(COLLEAGUES))
    history = courses("ann", "vwx")
    assert candidates(wide, history, 9) == candidates(wide, history[::-1], 9)


@pytest.mark.parametrize(("limit", "expected"), [(0, []), (1, ["y"]), (9, ["y", "z"])])
def test_no_more_than_asked_for(limit: int, expected: list[str]) -> None:
    """The best so many."""
    found = candidates(tables(mined(COLLEAGUES)), courses("ann", "x"), limit)
    assert [candidate.id for candidate in found] == expected


def test_what_is_well_known_needs_no_popularity() -> None:
    """After 550 of 550 visits of x came y: under a hundredth is left, and is not passed on."""
    events = [e for n in range(5) for e in courses(f"p{n}", "xy" * 110)]
    assert scores(candidates(tables(mined(events)), courses("ann", "x"), 9)) == {
        "course:y": round(550 / 555, 6)
    }


def test_only_the_most_frequent_consequents_are_looked_at() -> None:
    """Of 40 things that came after x, 30 are candidates at most."""
    events = [e for n in range(40) for p in range(3) for e in courses(f"p{p}-{n}", ["x", f"y{n}"])]
    assert len(candidates(tables(mined(events)), courses("ann", "x"), 99)) == 30


def test_nothing_is_known_without_patterns() -> None:
    """No tables, or empty ones, give no candidates."""
    assert candidates([], courses("ann", "x"), 9) == []
    assert candidates(tables(mined([])), courses("ann", "x"), 9) == []
