"""What every recommender promises: over models in memory, on SQLite, and on PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import isclose
from pathlib import Path

import pytest

from flows.errors import PortUnavailable
from flows.intelligence.recommender.port import Recommender
from flows.signals.events import Event, Kind
from tasks.serving.recommender import TrainedRecommender
from tasks.store.database import open_database
from tasks.store.in_memory_trained_models import InMemoryModels
from tasks.store.trained_models import RECOMMENDER, StoredModels, TrainedModels
from tasks.training.recommender import train_recommender

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)
MakeRecommender = Callable[[Sequence[Event]], Recommender]


def did(person: str, kind: Kind, *items: str) -> list[Event]:
    """A person does something with one item an hour."""
    return [
        Event(
            id=f"{person}-{kind}-{number}",
            organisation="acme",
            user_id=person,
            kind=kind,
            at=MONDAY + timedelta(hours=number),
            item=item,
        )
        for number, item in enumerate(items)
    ]


def courses(person: str, *items: str) -> list[Event]:
    return did(person, Kind.COURSE_COMPLETED, *items)


#: Four people took sql after go, three others css after html, and three more used a prompt.
HAPPENED = [
    *(one for person in ("p1", "p2", "p3", "p4") for one in courses(person, "go", "sql")),
    *(one for person in ("p5", "p6", "p7") for one in courses(person, "html", "css")),
    *(one for person in ("q1", "q2", "q3") for one in did(person, Kind.PROMPT_ACCEPTED, "ask")),
    *courses("p8", "go", "secret"),
]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def models(request: pytest.FixtureRequest) -> Iterator[TrainedModels]:
    if request.param == "memory":
        yield InMemoryModels()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    yield StoredModels(engine)
    engine.dispose()


@pytest.fixture
def make(models: TrainedModels) -> MakeRecommender:
    def trained(happened: Sequence[Event]) -> Recommender:
        made = train_recommender(iter([sorted(happened, key=lambda event: event.at)]))
        models.save("acme", RECOMMENDER, made.document, measures={}, trained_at=MONDAY)
        return TrainedRecommender(models)

    return trained


def test_without_a_model_there_is_nothing(models: TrainedModels) -> None:
    """Before the first training an empty list is the answer, and no error."""
    assert TrainedRecommender(models).recommend("acme", "ann", courses("ann", "go"), 10) == []


def test_what_others_did_next_comes_first(make: MakeRecommender) -> None:
    """Whoever took go is sent to sql, whoever took html to css, each by the item of their history."""
    recommender = make(HAPPENED)
    after_go = recommender.recommend("acme", "ann", courses("ann", "go"), 10)
    assert after_go[0].item == "course:sql"
    assert recommender.recommend("acme", "ann", courses("ann", "html"), 10)[0].item == "course:css"
    sources = {part.source: part.from_item for part in after_go[0].contributions}
    assert (sources["next"], sources["popular"]) == ("course:go", None)


def test_scores_are_shares_and_sums(make: MakeRecommender) -> None:
    """Scores are over 0 and at most 1, best first, each the sum of its contributions."""
    found = make(HAPPENED).recommend("acme", "ann", courses("ann", "go"), 50)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] <= 1
    assert all(isclose(one.score, sum(part.score for part in one.contributions)) for one in found)


def test_nothing_done_or_dismissed_is_recommended(make: MakeRecommender) -> None:
    """Neither what the history has nor a prompt that was dismissed comes back."""
    recommender = make(HAPPENED)
    history = courses("ann", "go", "sql")
    found = [one.item for one in recommender.recommend("acme", "ann", history, 50)]
    assert "prompt:ask" in found
    assert {"course:go", "course:sql"} & set(found) == set()
    dismissed = [*history, *did("ann", Kind.PROMPT_DISMISSED, "ask")]
    assert "prompt:ask" not in [one.item for one in recommender.recommend("acme", "ann", dismissed, 50)]


def test_somebody_new_gets_what_is_popular(make: MakeRecommender) -> None:
    """Without a history the items of most people come first, and nothing else is said of why."""
    found = make(HAPPENED).recommend("acme", "ann", [], 2)
    assert {one.item for one in found} == {"course:go", "course:sql"}
    assert {part.from_item for one in found for part in one.contributions} == {None}


def test_what_two_took_up_is_not_learned(make: MakeRecommender) -> None:
    """An item that fewer than three people turned to is recommended to nobody."""
    found = make(HAPPENED).recommend("acme", "ann", courses("ann", "go"), 1_000)
    assert "course:secret" not in [one.item for one in found]


def test_types_can_be_chosen(make: MakeRecommender) -> None:
    """Asked for prompts only, nothing else comes."""
    recommender = make(HAPPENED)
    history = courses("ann", "go")
    found = recommender.recommend("acme", "ann", history, 50, types=["prompt"])
    assert [one.item for one in found] == ["prompt:ask"]
    assert recommender.recommend("acme", "ann", history, 50, types=[]) == []


def test_the_order_of_the_history_is_that_of_time(make: MakeRecommender) -> None:
    """A history may come in any order."""
    recommender = make(HAPPENED)
    history = courses("ann", "go", "html")
    assert recommender.recommend("acme", "ann", history[::-1], 10) == recommender.recommend(
        "acme", "ann", history, 10
    )


def test_no_more_than_asked_for(make: MakeRecommender) -> None:
    """The limit is kept, and the best stay."""
    recommender = make(HAPPENED)
    every = recommender.recommend("acme", "ann", courses("ann", "go"), 50)
    assert recommender.recommend("acme", "ann", courses("ann", "go"), 1) == every[:1]


def test_other_organisations_have_their_own(make: MakeRecommender) -> None:
    """What one organisation learned is used for no other."""
    assert make(HAPPENED).recommend("rival", "ann", courses("ann", "go"), 10) == []


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """With nothing at hand and no database, asking again is worth it."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    recommender = TrainedRecommender(StoredModels(open_database(f"sqlite:///{folder}")))
    with pytest.raises(PortUnavailable):
        recommender.recommend("acme", "ann", [], 10)
