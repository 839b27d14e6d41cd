"""Training over the durable store: what is due, what comes of it, and what erasure leaves of it."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from flows.intelligence.patterns.model import PatternKind
from flows.intelligence.patterns.table import PatternTable
from flows.signals.events import Event, Kind
from tasks.store.event_corpus import EventCorpus
from tasks.store.events import StoredEvents
from tasks.store.trained_models import PATTERNS, RECOMMENDER, TRACING, StoredModels
from tasks.training.model import Pages, Trained, Training
from tasks.training.trainer import TRAININGS, Trainer, make_trainer
from tests.factories import records_of

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)
PEOPLE = ("ann@x", "bob@x", "cid@x", "dan@x")
KINDS = [PATTERNS, RECOMMENDER, TRACING]


@dataclass
class Clock:
    """Stands still until it is told otherwise."""

    now: datetime = MONDAY + timedelta(days=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trainer(engine: Engine, clock: Clock) -> Trainer:
    """Trains all kinds by a clock of the test's own."""
    return replace(make_trainer(engine, StoredModels(engine)), now=clock)


def path(person: str, skills: str, organisation: str = "acme", minute: int = 0) -> list[Event]:
    """A person solves an exercise of one skill a minute."""
    return [
        Event(
            id=f"{person}-event-{minute + number}",
            organisation=organisation,
            user_id=person,
            kind=Kind.EXERCISE_SOLVED,
            at=MONDAY + timedelta(minutes=minute + number),
            skill=skill,
            item=f"{skill}/1",
            success=True,
        )
        for number, skill in enumerate(skills)
    ]


def put(engine: Engine, *paths: list[Event]) -> None:
    for events in paths:
        StoredEvents(engine).append(events)


def four_people(organisation: str = "acme") -> list[Event]:
    """Ann, Bob, Cid and Dan go from a to b to c."""
    return [event for name in PEOPLE for event in path(name, "abc", organisation)]


def table(trainer: Trainer, organisation: str | None = "acme") -> PatternTable:
    document = trainer.models.latest(organisation, PATTERNS)
    assert document is not None
    return PatternTable.from_json(document)


def people_of_ab(trainer: Trainer, organisation: str | None = "acme") -> int:
    """How many people went from a to b, by the stored table; 0 when that is no pattern."""
    after = table(trainer, organisation).after(PatternKind.SKILL_TRANSITION, ("skill:a",))
    return dict(after.consequents)["skill:b"].people if after.consequents else 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_look_trains_every_organisation_with_events(
    trainer: Trainer, engine: Engine, kind: str
) -> None:
    """A model comes with the first events, and an organisation without events has none."""
    assert trainer.train_due(kind) == {}
    put(engine, four_people(), four_people("rival"))
    put(engine, path("ann", "a", "empty"))
    records_of(engine).erase("empty", "ann")
    assert trainer.train_due(kind) == {"trained": 2, "left": 1}
    trained = [s.organisation for s in trainer.models.summaries() if s.organisation is not None]
    assert trained == ["acme", "rival"]


@pytest.mark.parametrize(("kind", "hours"), [(PATTERNS, 0.25), (RECOMMENDER, 1), (TRACING, 24)])
def test_a_model_is_trained_again_when_it_is_time(
    trainer: Trainer, engine: Engine, clock: Clock, kind: str, hours: float
) -> None:
    """New events are learned from after the period of the kind, and not before."""
    put(engine, four_people())
    trainer.train_due(kind)
    put(engine, path("eve", "ab"))
    clock.now += timedelta(hours=hours) - timedelta(seconds=1)
    assert trainer.train_due(kind) == {"left": 1}
    clock.now += timedelta(seconds=1)
    assert trainer.train_due(kind) == {"trained": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_new_is_no_reason_to_train(trainer: Trainer, engine: Engine, clock: Clock, kind: str) -> None:
    """Whatever the time, a model is left alone while its events are the same; a late one is new."""
    put(engine, four_people())
    trainer.train_due(kind)
    clock.now += timedelta(days=100)
    assert trainer.train_due(kind) == {"left": 1}
    put(engine, path("eve", "a", minute=-5_000))
    assert trainer.train_due(kind) == {"trained": 1}


def test_patterns_are_what_enough_people_did(trainer: Trainer, engine: Engine) -> None:
    """Four people who went from a to b are a pattern with counts; a way that two went is none."""
    put(engine, four_people(), path("ann@x", "xy", minute=90_000), path("bob@x", "xy", minute=90_000))
    trainer.train_due(PATTERNS)
    assert people_of_ab(trainer) == 4
    assert table(trainer).after(PatternKind.SKILL_TRANSITION, ("skill:x",)).consequents == []


def test_the_measures_say_what_was_learned_from(trainer: Trainer, engine: Engine) -> None:
    """Counts of events and people, and the state of the store that training began with."""
    put(engine, four_people())
    for kind in KINDS:
        trainer.train_due(kind)
    extent = {"events": 12, "newest": "2025-01-06T09:02:00+00:00"}
    found = {s.kind: s.measures for s in trainer.models.summaries() if s.organisation}
    assert found[PATTERNS]["read"] == 12
    assert found[PATTERNS]["counters"] == len(table(trainer))
    # Of the 235 skills of the catalogue nobody did any; the exercises of three skills join them.
    assert found[RECOMMENDER] == {"people": 4, "interactions": 24, "items": 238, "extent": extent}
    assert found[TRACING] == {"people": 4, "answers": 12, "fitted": False, "extent": extent}


def test_organisations_learn_from_their_own_people_only(trainer: Trainer, engine: Engine) -> None:
    """What another organisation does is in no table of this one."""
    put(engine, four_people(), [e for name in ("eve", "fay", "gus") for e in path(name, "xyz", "rival")])
    trainer.train_due(PATTERNS)
    trainer.train_due(RECOMMENDER)
    for kind in (PATTERNS, RECOMMENDER):
        acme, rival = (json.dumps(trainer.models.latest(name, kind)) for name in ("acme", "rival"))
        assert ("b/1" in acme, "y/1" in acme) == (True, False)
        assert ("b/1" in rival, "y/1" in rival) == (False, True)


def test_what_two_organisations_have_in_common_is_shared(trainer: Trainer, engine: Engine) -> None:
    """A pattern of three people in each of two organisations is shared; one of a single one is not."""
    put(engine, four_people(), four_people("rival"))
    put(engine, [e for name in ("eve", "fay", "gus") for e in path(name, "xy", "rival")])
    trainer.train_due(PATTERNS)
    assert people_of_ab(trainer, None) == 8
    assert "skill:x" not in json.dumps(trainer.models.latest(None, PATTERNS))
    (shared,) = [s for s in trainer.models.summaries() if s.organisation is None]
    assert shared.measures["organisations"] == 2


@pytest.mark.parametrize("kind", [RECOMMENDER, TRACING])
def test_other_models_are_not_shared(trainer: Trainer, engine: Engine, kind: str) -> None:
    """Only patterns are known to be anonymous between organisations."""
    put(engine, four_people(), four_people("rival"))
    trainer.train_due(kind)
    assert trainer.models.latest(None, kind) is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_model_names_a_person_or_an_event(trainer: Trainer, engine: Engine, kind: str) -> None:
    """Neither ids of people nor of their events, which these begin with, are in what is stored."""
    put(engine, four_people(), four_people("rival"))
    trainer.train_due(kind)
    for owner in ("acme", None):
        stored = json.dumps(trainer.models.latest(owner, kind))
        assert "@x" not in stored


@pytest.mark.parametrize("kind", KINDS)
def test_models_are_trained_without_who_was_erased_at_the_next_look(
    trainer: Trainer, engine: Engine, clock: Clock, kind: str
) -> None:
    """After an erasure nobody waits for the period, and the model that knew the person is gone."""
    put(engine, four_people())
    trainer.train_due(kind)
    records_of(engine).erase("acme", "dan@x")
    clock.now += timedelta(seconds=60)
    assert trainer.train_due(kind) == {"trained": 1}
    (after,) = [s for s in trainer.models.summaries() if s.organisation]
    assert after.trained_at == clock.now
    assert after.measures["extent"]["events"] == 9
    if kind == PATTERNS:
        assert people_of_ab(trainer) == 3
    assert trainer.train_due(kind) == {"left": 1}


def test_when_everybody_is_erased_nothing_is_left(trainer: Trainer, engine: Engine) -> None:
    """The last person takes the patterns along."""
    put(engine, four_people())
    trainer.train_due(PATTERNS)
    for name in PEOPLE:
        records_of(engine).erase("acme", name)
    assert trainer.train_due(PATTERNS) == {"trained": 1}
    assert len(table(trainer)) == 0


def test_erasing_somebody_elsewhere_trains_nothing(trainer: Trainer, engine: Engine) -> None:
    """Neither a person of another organisation nor one who did nothing makes a model due."""
    put(engine, four_people(), four_people("rival"))
    trainer.train_due(PATTERNS)
    records_of(engine).erase("rival", "ann@x")
    records_of(engine).erase("acme", "nobody")
    assert trainer.train_due(PATTERNS) == {"left": 1, "trained": 1}


def test_a_training_that_goes_wrong_costs_the_others_nothing(trainer: Trainer, engine: Engine) -> None:
    """The other organisations are trained, and the next look tries again."""

    def train(pages: Pages) -> Trained:
        seen = [event.organisation for page in pages for event in page]
        if seen[0] == "bad":
            raise ZeroDivisionError
        return Trained({"events": len(seen)}, {})

    broken = replace(trainer, trainings={"k": Training("k", timedelta(hours=1), train)})
    put(engine, *(four_people(name) for name in ("acme", "bad", "rival")))
    assert broken.train_due("k") == {"trained": 2, "failed": 1}
    assert broken.train_due("k") == {"left": 2, "failed": 1}
    assert [s.organisation for s in broken.models.summaries()] == ["acme", "rival"]


def test_equal_events_give_equal_models(trainer: Trainer, engine: Engine, clock: Clock) -> None:
    """Training twice on the same makes no second version."""
    put(engine, four_people(), path("ann", "cab", minute=30))
    for kind in KINDS:
        trainer.train(kind, "acme")
        clock.now += timedelta(hours=1)
        trainer.train(kind, "acme")
    assert [s.kind for s in trainer.models.summaries()] == sorted(KINDS)


def test_the_corpus_is_read_in_pages(engine: Engine) -> None:
    """All events of an organisation come in order, at most 1,000 at a time, and nobody else's."""
    put(engine, path("ann", "ab" * 700), path("bob", "ab", "rival"))
    corpus = EventCorpus(engine)
    assert corpus.organisations() == ["acme", "rival"]
    pages = list(corpus.pages("acme"))
    assert [len(page) for page in pages] == [1_000, 400]
    assert [event.at for page in pages for event in page] == [
        MONDAY + timedelta(minutes=minute) for minute in range(1_400)
    ]


def test_the_extent_is_that_of_one_organisation(engine: Engine) -> None:
    """The number of events and the time of the newest; nothing for an organisation without."""
    put(engine, path("ann", "ab"), path("bob", "abc", "rival"))
    extents: list[dict[str, Any]] = [EventCorpus(engine).extent(name) for name in ("acme", "rival", "no")]
    assert extents == [
        {"events": 2, "newest": "2025-01-06T09:01:00+00:00"},
        {"events": 3, "newest": "2025-01-06T09:02:00+00:00"},
        {"events": 0, "newest": None},
    ]


def test_every_kind_has_a_training() -> None:
    """What is served is also trained, under the name that it is served by."""
    assert {kind: training.kind for kind, training in TRAININGS.items()} == {kind: kind for kind in KINDS}
