"""Mining keeps its promises on all events, in all orders, within all bounds."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.intelligence.patterns.candidates import candidates
from flows.intelligence.patterns.event_log import Retention
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.mining import MiningLimits
from flows.intelligence.patterns.model import Key, PatternKind
from flows.intelligence.patterns.resolutions import resolutions
from flows.intelligence.patterns.table import PatternTable
from flows.intelligence.patterns.track import Window
from flows.signals.events import Event, Kind
from tests.pattern_events import at

PEOPLE, ORGANISATIONS = ("ann", "bob", "eve", "kim", "lee"), ("acme", "zenith")
TEXTS = ("KeyError: 'a'", "KeyError: 'b'", "TypeError: bad", "use get", "restart", "")


def happenings(seed: int, count: int) -> list[Event]:
    """Any events. There are few ids, so some events come again and some ids with other contents."""
    random = Random(seed)
    return [
        Event(
            id=str(random.randrange(2 * count)),
            organisation=random.choice(ORGANISATIONS),
            user_id=random.choice(PEOPLE),
            kind=random.choice([*Kind, Kind.ERROR_HIT, Kind.ERROR_RESOLVED, Kind.COURSE_STARTED]),
            at=at(100 * random.randrange(300)),
            session_id=random.choice([None, "s1", "s2"]),
            skill=random.choice([None, *"abcd"]),
            item=random.choice([None, *"xyz"]),
            success=random.choice([None, True, False]),
            text=random.choice(TEXTS),
        )
        for _ in range(count)
    ]


#: Drawn by a seed, since lists that hypothesis makes event by event are too short to overflow anything.
EVENTS = st.builds(happenings, st.integers(0, 2**32), st.integers(0, 150))
RETENTION = st.builds(
    Retention, events_per_person=st.integers(1, 20), people_per_organisation=st.integers(1, 6)
)
LIMITS = st.builds(
    MiningLimits,
    people=st.integers(1, 3),
    organisations=st.integers(1, 2),
    counters=st.sampled_from([0, 7, 40, 50_000]),
    window=st.builds(Window, visits=st.integers(1, 4)),
)


def fed(events: Sequence[Event], retention: Retention, limits: MiningLimits | None = None) -> Miner:
    miner = Miner(retention, limits)
    miner.add(events)
    return miner


def tables(miner: Miner) -> list[PatternTable]:
    """Of all organisations and people, and overall."""
    return [
        *(miner.of_organisation(name) for name in ORGANISATIONS),
        *(miner.of_person(name, person) for name in ORGANISATIONS for person in PEOPLE),
        miner.overall(),
    ]


def documents(miner: Miner) -> list[dict[str, Any]]:
    return [miner.to_json(), *(table.to_json() for table in tables(miner))]


@given(EVENTS, RETENTION, LIMITS, st.randoms(use_true_random=False), st.integers(1, 10))
@settings(deadline=None, max_examples=40)
def test_the_way_events_come_does_not_matter(
    events: list[Event], retention: Retention, limits: MiningLimits, random: Any, size: int
) -> None:
    """In one batch or in many, in any order, once or more often, with questions between: all is the same."""
    expected = documents(fed(events, retention, limits))
    shuffled = [*events, *random.sample(events, len(events) // 2)]
    random.shuffle(shuffled)
    miner = Miner(retention, limits)
    for start in range(0, len(shuffled), size):
        miner.add(shuffled[start : start + size])
        miner.of_organisation("acme")
    assert documents(miner) == expected


@given(EVENTS, EVENTS, RETENTION, LIMITS)
@settings(deadline=None, max_examples=40)
def test_merging_is_mining_the_union(
    one: list[Event], other: list[Event], retention: Retention, limits: MiningLimits
) -> None:
    """Either way round, and merging again changes nothing."""
    expected = documents(fed(one + other, retention, limits))
    left, right = fed(one, retention, limits), fed(other, retention, limits)
    left.merge(right)
    right.merge(fed(one, retention, limits))
    assert documents(left) == documents(right) == expected
    left.merge(right)
    assert documents(left) == expected


@given(EVENTS, RETENTION, LIMITS)
@settings(deadline=None, max_examples=40)
def test_a_stored_state_is_the_state(events: list[Event], retention: Retention, limits: MiningLimits) -> None:
    """Over JSON and back all is the same, for the state and for each table."""
    miner = fed(events, retention, limits)
    again = Miner.from_json(json.loads(json.dumps(miner.to_json())), retention, limits)
    assert documents(again) == documents(miner)
    for table in tables(miner):
        assert PatternTable.from_json(json.loads(json.dumps(table.to_json()))).to_json() == table.to_json()


@given(EVENTS, RETENTION, LIMITS)
@settings(deadline=None, max_examples=40)
def test_bounds_hold(events: list[Event], retention: Retention, limits: MiningLimits) -> None:
    """No person has more events, no organisation more people, no table more counters than allowed."""
    miner = fed(events, retention, limits)
    organisations = miner.to_json()["organisations"]
    for people in organisations.values():
        assert 1 <= len(people) <= retention.people_per_organisation
        assert all(1 <= len(steps) <= retention.events_per_person for steps in people.values())
    assert all(len(table) <= limits.counters for table in tables(miner))


@given(EVENTS, RETENTION, LIMITS)
@settings(deadline=None, max_examples=40)
def test_figures_are_possible(events: list[Event], retention: Retention, limits: MiningLimits) -> None:
    """Support within opportunities, enough people, times in order, evidence among what was fed."""
    miner = fed(events, retention, limits)
    for table, least in [
        *((miner.of_organisation(name), limits.people) for name in ORGANISATIONS),
        (miner.overall(), limits.people * limits.organisations),
    ]:
        for pattern in chain.from_iterable(map(table.patterns, PatternKind)):
            assert 1 <= pattern.support <= pattern.opportunities
            assert least <= pattern.people <= pattern.support
            assert 0 < pattern.expected <= 1
            assert pattern.lift > 0
            assert pattern.first_seen <= pattern.last_seen
            assert len(pattern.evidence) <= 9
            assert set(pattern.evidence) <= {event.id for event in events}


@given(EVENTS, LIMITS)
@settings(deadline=None, max_examples=40)
def test_what_is_left_under_a_bound_is_exact(events: list[Event], limits: MiningLimits) -> None:
    """Fewer counters give fewer patterns, but each with the very figures that it has without a bound."""
    unbounded = MiningLimits(people=limits.people, organisations=limits.organisations, window=limits.window)
    bounded = fed(events, Retention(), limits).of_organisation("acme")
    exact = fed(events, Retention(), unbounded).of_organisation("acme")
    for kind in PatternKind:
        assert bounded.tallies[kind].items() <= exact.tallies[kind].items()
        assert set(bounded.patterns(kind)) <= set(exact.patterns(kind))


def skills_in_order(events: Sequence[Event], person: str) -> list[str]:
    """The skills that a person works on one after the other; runs of one count once."""
    own = sorted((e for e in events if e.user_id == person), key=lambda e: (e.at, e.id))
    names = [str(event.skill) for event in own]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


#: Each id once and each a skill, so that what is to be counted can be said in few words.
SIMPLE = EVENTS.map(
    lambda events: [
        Event(
            id=f"{e.id}-{place}",
            organisation="acme",
            user_id=e.user_id,
            kind=Kind.CODE_WRITTEN,
            at=e.at,
            skill=e.skill or "d",
        )
        for place, e in enumerate(events)
    ]
)


@given(SIMPLE, st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_sequences_are_counted_as_they_are_defined(events: list[Event], visits: int) -> None:
    """Pairs and triples within the window and their people are what counting by hand finds."""
    times: Counter[Key] = Counter()
    people: Counter[Key] = Counter()
    for person in PEOPLE:
        names = skills_in_order(events, person)
        mine: Counter[Key] = Counter()
        for place, name in enumerate(names):
            near = names[place + 1 : place + 1 + visits]
            mine.update({(name, other) for other in near if other != name})
            mine.update(
                {
                    (name, near[i], near[j])
                    for i in range(len(near))
                    for j in range(i + 1, len(near))
                    if len({name, near[i], near[j]}) == 3
                }
            )
        times += mine
        people.update(mine.keys())
    limits = MiningLimits(people=2, window=Window(visits=visits, milliseconds=10**12))
    table = fed(events, Retention(), limits).of_organisation("acme")
    found = {
        tuple(name.removeprefix("skill:") for name in (*p.antecedent, p.consequent)): (p.support, p.people)
        for p in table.patterns(PatternKind.SKILL_SEQUENCE)
        if p.antecedent
    }
    assert found == {key: (times[key], people[key]) for key in times if people[key] >= 2}


@given(EVENTS, RETENTION, LIMITS, st.sampled_from(PEOPLE), st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_candidates_are_possible_and_private(
    events: list[Event], retention: Retention, limits: MiningLimits, person: str, limit: int
) -> None:
    """Scores are probabilities in falling order, nothing at hand, no pattern of others of too few people."""
    miner = fed(events, retention, limits)
    patterns = [miner.of_person("acme", person), miner.of_organisation("acme"), miner.overall()]
    history = [event for event in events if (event.organisation, event.user_id) == ("acme", person)]
    found = candidates(patterns, history, limit, people=3)
    assert len(found) <= limit
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(0 < c.score <= 1 + 1e-9 for c in found)
    assert len({(c.type, c.id) for c in found}) == len(found)
    fixes = [r for text in TEXTS for r in resolutions(patterns, text, limit, people=3)]
    assert all(0 < r.score < 1 for r in fixes)
    for pattern in [*(c.pattern for c in found), *(r.pattern for r in fixes)]:
        assert pattern.scope == "own" or pattern.people >= 3


@given(EVENTS, st.integers(1, 20), st.sampled_from(PEOPLE))
@settings(deadline=None, max_examples=40)
def test_who_is_forgotten_was_never_there(events: list[Event], most: int, person: str) -> None:
    """As long as there is room for all, forgetting a person is as if no event of theirs had come."""
    retention = Retention(events_per_person=most, people_per_organisation=len(PEOPLE))
    miner = fed(events, retention)
    miner.of_organisation("acme")
    miner.forget("acme", person)
    others = [e for e in events if (e.organisation, e.user_id) != ("acme", person)]
    assert documents(miner) == documents(fed(others, retention))
