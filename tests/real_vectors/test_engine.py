"""The index of vectors on an engine that nobody here wrote, checked by the models of Qdrant's own API."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from flows.errors import BadUpstreamAnswer, UpstreamRefused
from flows.memory.embeddings.port import Point, Sight
from flows.memory.model import MemoryKind, Scope, Visibility
from flows.upstreams.breaker import BreakerSettings
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.qdrant import Qdrant
from tasks.memory_vectors.comparing import PAGE, compare
from tasks.store.erasure import erase_user
from tasks.store.vector_rows import VectorRows
from tests.fakes.qdrant import FakeQdrant
from tests.fakes.upstream_server import UpstreamServer
from tests.memories import NOW, remembered
from tests.vectors import ENOUGH_S, Place

PEOPLE = ("ann", "bob", "eve")
LONG_S = 20.0


@pytest.fixture
def index(engine_server: UpstreamServer) -> Iterator[Qdrant]:
    """With a collection for vectors of eight numbers."""
    with engine_server as server:
        yield begun(server)


def begun(server: UpstreamServer) -> Qdrant:
    client = UpstreamClient(UpstreamSettings("qdrant", server.url, BreakerSettings(slow_s=60)))
    made = Qdrant(client, client)
    made.ensure("c", 8)
    return made


def points(count: int, chance: random.Random) -> list[Point]:
    return [
        Point(
            chance.getrandbits(63),
            tuple(chance.gauss(0, 1) for _ in range(8)),
            chance.choice(["acme", "rival"]),
            chance.choice(PEOPLE),
            chance.choice(list(MemoryKind)),
            chance.choice(list(Visibility)),
        )
        for _ in range(count)
    ]


def test_the_engine_finds_what_the_fake_finds(index: Qdrant) -> None:
    """For random points, people, policies and kinds the same numbers come, with the same cosines."""
    chance = random.Random(7)
    with FakeQdrant() as server:
        fake = begun(server)
        stored = points(600, chance)
        for each in (index, fake):
            each.put("c", stored)
        for _ in range(200):
            mates = frozenset(chance.sample(PEOPLE, chance.randrange(3)))
            kinds = chance.choice([None, [MemoryKind.NOTE], list(MemoryKind)[:2], []])
            sight = Sight("acme", chance.choice(PEOPLE), chance.choice(list(Scope)), mates, kinds)
            question = tuple(chance.gauss(0, 1) for _ in range(8))
            found, expected = (each.near("c", question, sight, 20, LONG_S) for each in (index, fake))
            assert found == pytest.approx(expected, abs=1e-5)


def test_the_engine_takes_what_the_client_sends(index: Qdrant) -> None:
    """Points are replaced, counted, listed by rising number and taken out; a collection can be made again."""
    stored = sorted(points(1_200, random.Random(8)), key=lambda point: point.number)
    for start in range(0, len(stored), 100):
        index.put("c", stored[start : start + 100])
    index.put("c", stored[:3])
    index.ensure("c", 8)
    assert index.count("c") == 1_200
    assert index.numbers("c", stored[5].number, 10) == [point.number for point in stored[5:15]]
    index.remove("c", [stored[5].number, 1])
    assert index.numbers("c", stored[5].number, 2) == [point.number for point in stored[6:8]]
    index.drop("c")
    assert index.count("c") == 0
    index.ensure("c", 8)
    assert index.count("c") == 0


def test_the_engine_refuses_what_does_not_fit(index: Qdrant) -> None:
    """A vector of another length, and a collection of another kind."""
    wrong = Point(1, (1.0, 2.0), "acme", "ann", MemoryKind.NOTE, Visibility.PRIVATE)
    with pytest.raises(UpstreamRefused):
        index.put("c", [wrong])
    with pytest.raises(BadUpstreamAnswer):
        index.ensure("c", 9)


def test_memories_are_found_and_forgotten(place: Place) -> None:
    """The whole way: filled, found by meaning, an erasure, points that were lost and points too many."""
    bank, index = place.bank, place.vectors.index
    bank.add(
        "acme", [remembered("1", "My laptop is stuck."), remembered("2", "Prune images.", user_id="bob")]
    )
    bank.add("acme", [remembered(f"n-{n}", f"number {n}", user_id="bob") for n in range(PAGE + 50)])
    assert index.reconcile(ENOUGH_S) == {"indexed": PAGE + 52}
    (found,) = bank.recall("acme", "ann", "frozen computer", 5, now=NOW)
    assert (found.memory.id, found.matched) == ("1", ())

    (collection,) = place.qdrant.shards
    some = index.index.numbers(collection, 0, 3)
    index.index.remove(collection, some)
    index.index.put(collection, [Point(9, (1.0,) * 384, "x", "x", MemoryKind.NOTE, Visibility.PRIVATE)])
    ahead = index.now() + timedelta(minutes=1)
    rows = VectorRows(place.engine)
    built = rows.built(index.embedder.fingerprint)
    assert built is not None
    found = compare(rows, index.index, built, ahead, lambda: True)
    assert found == ({"lost": 3, "strange": 1}, 0)
    assert index.reconcile(ENOUGH_S) == {"indexed": 3}

    erase_user(place.engine, "acme", "ann")
    assert index.reconcile(ENOUGH_S) == {"removed": 1}
    assert bank.recall("acme", "ann", "frozen computer", 5, now=NOW) == []
    assert index.index.count(collection) == PAGE + 51
