"""Models at hand: when they are looked for again, and what happens when that goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.errors import InvalidInput, PortUnavailable
from tasks.serving.model_cache import MOST_HELD, ModelCache
from tasks.store.in_memory_trained_models import InMemoryModels
from tasks.store.trained_models import Owner

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is told otherwise."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class CountingModels(InMemoryModels):
    """A store that counts questions and can be away."""

    asked: list[tuple[str, Owner]] = field(default_factory=list)
    away: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def latest(self, organisation: Owner, kind: str) -> dict[str, Any] | None:
        self._ask("document", organisation)
        return super().latest(organisation, kind)

    def latest_version(self, organisation: Owner, kind: str) -> str | None:
        self._ask("version", organisation)
        return super().latest_version(organisation, kind)

    def _ask(self, what: str, organisation: Owner) -> None:
        if self.away:
            raise PortUnavailable("away")
        self.asked.append((what, organisation))


def parse(document: Mapping[str, Any]) -> int:
    """The number that a model says; odd ones are of another format."""
    if document["n"] % 2:
        raise InvalidInput("odd")
    number: int = document["n"]
    return number


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def models() -> CountingModels:
    return CountingModels()


@pytest.fixture
def cache(models: CountingModels, clock: Clock) -> ModelCache[int]:
    return ModelCache(models, "k", parse, clock)


def save(models: CountingModels, number: int, owner: Owner = "acme") -> None:
    trained_at = MONDAY.replace(minute=number)
    models.save(owner, "k", {"n": number}, measures={}, trained_at=trained_at)


def test_the_first_question_reads_the_model(cache: ModelCache[int], models: CountingModels) -> None:
    """After the first question the store is left alone for half a minute."""
    save(models, 2)
    assert [cache.get("acme") for _ in range(5)] == [2] * 5
    assert models.asked == [("version", "acme"), ("document", "acme")]


def test_a_new_model_is_noticed_after_half_a_minute(
    cache: ModelCache[int], models: CountingModels, clock: Clock
) -> None:
    """Not before 30 s, and then with the next question."""
    save(models, 2)
    cache.get("acme")
    save(models, 4)
    clock.now += 29.9
    assert cache.get("acme") == 2
    clock.now += 0.1
    assert cache.get("acme") == 4


def test_a_model_that_did_not_change_is_not_read_again(
    cache: ModelCache[int], models: CountingModels, clock: Clock
) -> None:
    """The version alone is looked at, once in half a minute."""
    save(models, 2)
    cache.get("acme")
    models.asked.clear()
    for _ in range(3):
        clock.now += 30
        assert [cache.get("acme"), cache.get("acme")] == [2, 2]
    assert models.asked == [("version", "acme")] * 3


def test_a_missing_model_is_remembered_too(
    cache: ModelCache[int], models: CountingModels, clock: Clock
) -> None:
    """That there is none is asked once in half a minute, and the first one is noticed."""
    assert [cache.get("acme"), cache.get("acme")] == [None, None]
    assert models.asked == [("version", "acme")]
    save(models, 2)
    clock.now += 30
    assert cache.get("acme") == 2


def test_owners_are_told_apart(cache: ModelCache[int], models: CountingModels) -> None:
    """Each organisation gets its own model, and none gets what is shared by asking for itself."""
    save(models, 2, "acme")
    save(models, 4, None)
    assert [cache.get("acme"), cache.get(None), cache.get("rival")] == [2, 4, None]


def test_an_outage_is_not_noticed_with_a_model_at_hand(
    cache: ModelCache[int], models: CountingModels, clock: Clock
) -> None:
    """The model at hand is used on while the store is away, which is asked every half minute at most."""
    save(models, 2)
    cache.get("acme")
    models.away = True
    clock.now += 30
    assert [cache.get("acme"), cache.get("acme")] == [2, 2]
    save(models, 4)
    models.away = False
    assert cache.get("acme") == 2
    clock.now += 30
    assert cache.get("acme") == 4


def test_an_outage_at_first_use_is_said(cache: ModelCache[int], models: CountingModels) -> None:
    """With nothing at hand the store has to answer, and is asked again by the next question."""
    save(models, 2)
    models.away = True
    with pytest.raises(PortUnavailable):
        cache.get("acme")
    models.away = False
    assert cache.get("acme") == 2


def test_a_model_of_another_format_is_none(
    cache: ModelCache[int], models: CountingModels, clock: Clock
) -> None:
    """What this version cannot read counts as not there until it is trained anew."""
    save(models, 1)
    assert [cache.get("acme"), cache.get("acme")] == [None, None]
    save(models, 2)
    clock.now += 30
    assert cache.get("acme") == 2


def test_so_many_models_are_held(cache: ModelCache[int], models: CountingModels) -> None:
    """Beyond the bound, the one that was read first has to be read again; the others need not."""
    for number in range(MOST_HELD + 1):
        save(models, 2, f"o-{number}")
        cache.get(f"o-{number}")
    models.asked.clear()
    assert [cache.get(f"o-{number}") for number in range(1, MOST_HELD + 1)] == [2] * MOST_HELD
    assert models.asked == []
    assert cache.get("o-0") == 2
    assert models.asked == [("version", "o-0"), ("document", "o-0")]
