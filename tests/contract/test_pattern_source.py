"""What every source of patterns promises: mined in this process, by a job over any store, by a service."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from flows.intelligence.patterns.in_process import InProcessPatterns
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.model import Scope
from flows.intelligence.patterns.port import PatternSource
from flows.ports import EventStore
from flows.signals.events import Event
from tasks.serving.patterns import TrainedPatterns
from tasks.store.database import open_database
from tasks.store.events import StoredEvents
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_trained_models import InMemoryModels
from tasks.store.trained_models import PATTERNS, StoredModels, TrainedModels
from tasks.training.patterns import share_patterns, train_patterns
from tests.fakes.service import patterns_over_http
from tests.pattern_events import event, fix, hit, skills

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)

#: Makes a source that knows what happened.
MakeSource = Callable[[Sequence[Event]], PatternSource]


def trained(models: TrainedModels, events: EventStore, happened: Sequence[Event]) -> PatternSource:
    """A source after the events were stored and a job has run."""
    events.append(happened)
    documents = []
    for organisation in sorted({one.organisation for one in happened}):
        made = train_patterns(events.since(organisation, MONDAY - timedelta(days=9_999)))
        models.save(organisation, PATTERNS, made.document, measures={}, trained_at=MONDAY)
        documents.append(made.document)
    shared = share_patterns(documents)
    models.save(None, PATTERNS, shared.document, measures={}, trained_at=MONDAY)
    return TrainedPatterns(models, events)


def in_process(happened: Sequence[Event]) -> PatternSource:
    miner = Miner()
    miner.add(happened)
    return InProcessPatterns.of(miner)


@pytest.fixture(params=["in process", "memory", "sqlite", "postgresql", "http"])
def make_source(request: pytest.FixtureRequest) -> Iterator[MakeSource]:
    if request.param == "in process":
        yield in_process
        return
    if request.param == "memory":
        yield lambda happened: trained(InMemoryModels(), InMemoryEvents(), happened)
        return
    dialect = "sqlite" if request.param == "http" else request.param
    engine = open_database(request.getfixturevalue(f"{dialect}_url"))

    def stored(happened: Sequence[Event]) -> PatternSource:
        return trained(StoredModels(engine), StoredEvents(engine), happened)

    with ExitStack() as servers:
        if request.param == "http":
            yield lambda happened: servers.enter_context(patterns_over_http(stored(happened)))
        else:
            yield stored
    engine.dispose()


def team(names: str, organisation: str = "acme") -> list[Event]:
    """Three people who went this way."""
    people = ("bob", "cid", "dan")
    ways = [skills(f"{organisation}-{name}", names, organisation=organisation) for name in people]
    return [step for way in ways for step in way]


def test_without_patterns_there_is_no_candidate(make_source: MakeSource) -> None:
    """Neither somebody new nor an organisation nobody has seen is an error."""
    source = make_source([])
    assert source.candidates_for("acme", "ann", [], 10) == []
    assert source.candidates_for("acme", "ann", skills("ann", "a"), 10) == []
    assert source.resolutions_for("acme", "ann", "TypeError: x", 10) == []


def test_what_colleagues_did_next_is_a_candidate(make_source: MakeSource) -> None:
    """Ann is where three colleagues went on from; the counts are theirs."""
    source = make_source(team("ab"))
    (found,) = source.candidates_for("acme", "ann", skills("ann", "a"), 10)
    assert (found.type, found.id) == ("skill", "b")
    assert 0 < found.score <= 1
    assert found.pattern.scope is Scope.ORGANISATION
    assert (found.pattern.support, found.pattern.opportunities, found.pattern.people) == (3, 3, 3)


def test_what_two_did_is_used_for_nobody_else(make_source: MakeSource) -> None:
    """Patterns of fewer than three people are not used for others."""
    source = make_source([*skills("bob", "ab"), *skills("cid", "ab")])
    assert source.candidates_for("acme", "ann", skills("ann", "a"), 10) == []


def test_own_patterns_come_from_the_own_history(make_source: MakeSource) -> None:
    """What only Ann herself keeps doing is a candidate for her, with events of hers as evidence."""
    history = skills("ann", "abcabda")
    source = make_source(history)
    found = source.candidates_for("acme", "ann", history, 10)[0]
    assert (found.id, found.pattern.scope, found.pattern.people) == ("b", Scope.OWN, 1)
    assert set(found.pattern.evidence) <= {one.id for one in history}
    assert found.pattern.evidence


def test_other_organisations_are_not_seen(make_source: MakeSource) -> None:
    """What people of one organisation did is no pattern for another."""
    source = make_source([*team("ab", "rival"), *team("xy", "acme")])
    assert [c.id for c in source.candidates_for("acme", "ann", skills("ann", "a"), 10)] == ["y", "x"]
    assert "y" not in [c.id for c in source.candidates_for("rival", "ann", skills("ann", "a"), 10)]


def test_what_two_organisations_do_is_known_to_a_third(make_source: MakeSource) -> None:
    """A pattern of enough organisations serves somebody of one that has none, by its counts alone."""
    source = make_source([*team("ab", "rival"), *team("ab", "other"), *team("xy", "acme")])
    found = [c for c in source.candidates_for("third", "ann", skills("ann", "a"), 10) if c.id == "b"]
    assert [c.pattern.scope for c in found] == [Scope.OVERALL]
    assert (found[0].pattern.people, found[0].pattern.evidence) == (6, ())


def test_no_more_than_asked_for(make_source: MakeSource) -> None:
    """The limit is kept, and the best stay."""
    source = make_source(team("abcd"))
    every = source.candidates_for("acme", "ann", skills("ann", "a"), 10)
    assert len(every) == 3
    assert source.candidates_for("acme", "ann", skills("ann", "a"), 2) == every[:2]


def test_fixes_come_back_the_own_first(make_source: MakeSource) -> None:
    """What resolved an error for Ann comes before what did for three colleagues."""
    message = "TypeError: cannot read properties of undefined"
    mine = [hit(0, message, user_id="ann"), fix(1, "Guard it", user_id="ann")]
    theirs = [
        one
        for name in ("bob", "cid", "dan")
        for one in (hit(0, message, user_id=name), fix(1, "Use optional chaining", user_id=name))
    ]
    source = make_source([*mine, *theirs])
    found = source.resolutions_for("acme", "ann", message, 10)
    assert [(r.fix, r.successes, r.pattern.scope) for r in found] == [
        ("Guard it", 1, Scope.OWN),
        ("Use optional chaining", 3, Scope.ORGANISATION),
    ]
    assert source.resolutions_for("acme", "eve", message, 10)[0].fix == "Use optional chaining"
    assert source.resolutions_for("rival", "ann", message, 10) == []


def test_a_stored_source_names_no_event_of_a_colleague() -> None:
    """What comes from a job is counts: no id of an event leads back to who it was."""
    source = trained(InMemoryModels(), InMemoryEvents(), team("ab"))
    (found,) = source.candidates_for("acme", "ann", [event(skill="a")], 10)
    assert found.pattern.evidence == ()


def test_an_erased_person_has_no_own_patterns() -> None:
    """Own patterns live in the events alone: with these gone there is nothing to forget elsewhere."""
    events = InMemoryEvents()
    source = trained(InMemoryModels(), events, skills("ann", "ababab"))
    assert source.candidates_for("acme", "ann", events.of_user("acme", "ann"), 10)
    assert source.candidates_for("acme", "ann", [], 10) == []
