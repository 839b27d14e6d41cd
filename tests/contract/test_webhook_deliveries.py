"""Messages in the durable store: claimed by one sender at a time and never lost, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from flows.errors import PortUnavailable
from flows.webhooks.messages import Message
from tasks.store.database import open_database
from tasks.store.erasure import erase_user
from tasks.store.in_memory import InMemoryLedger
from tasks.store.webhook_deliveries import Delivery, DeliveryState, WebhookDeliveries
from tests.factories import webhooks_of

MONDAY = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)
HOOK, OTHER = "https://example.com/hook", "https://other.example/hook"
LEASE = timedelta(seconds=60)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(engine: Engine, clock: Clock) -> WebhookDeliveries:
    return WebhookDeliveries(engine, clock)


def message(id_: str = "msg_1", url: str = HOOK, **more: Any) -> Message:
    fields = {"organisation": "acme", "type": "job.succeeded", "body": '{"a":"\\u00fc"}', "job_id": "j"}
    return Message(id=id_, url=url, **{**fields, **more})


def claim(store: WebhookDeliveries, limit: int = 10, per_address: int = 10) -> list[Delivery]:
    return store.claim(limit, per_address, LEASE)


def ids(deliveries: list[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]


def conclude(store: WebhookDeliveries, delivery: Delivery, state: str, **more: Any) -> bool:
    return store.conclude(delivery, DeliveryState(state), **{"status": None, "error": None, **more})


def test_a_message_is_stored_once(store: WebhookDeliveries) -> None:
    """However often it is put there, it stays what it was at first."""
    assert store.put([message(), message(body="{}"), message("msg_2")]) == 2
    assert store.put([message(body="{}"), message("msg_3"), message(organisation="rival")]) == 2
    found = store.get("acme", "msg_1")
    assert found is not None
    assert (found.body, found.state, found.attempts) == ('{"a":"\\u00fc"}', "pending", 0)
    assert store.put([]) == 0


def test_a_claim_is_exclusive(store: WebhookDeliveries) -> None:
    """What one sender has, another does not get, and the attempt is counted as it begins."""
    store.put([message(f"msg_{number}") for number in range(3)])
    first, second = claim(store, limit=2), claim(store)
    assert (len(first), len(second)) == (2, 1)
    assert {delivery.attempts for delivery in (*first, *second)} == {1}
    assert claim(store) == []


def test_senders_that_claim_at_once(store: WebhookDeliveries) -> None:
    """Each message goes to one of them."""
    store.put([message(f"msg_{number}", f"{HOOK}/{number}") for number in range(40)])
    with ThreadPoolExecutor(4) as threads:
        claimed = list(threads.map(lambda _: ids(claim(store, limit=40)), range(4)))
    assert sorted(id_ for each in claimed for id_ in each) == sorted(f"msg_{number}" for number in range(40))


def test_a_sender_that_was_killed(store: WebhookDeliveries, clock: Clock) -> None:
    """When its lease is over, the message is sent again as the next attempt; what it says then is late."""
    store.put([message()])
    (lost,) = claim(store)
    clock.pass_by(59)
    assert claim(store) == []
    clock.pass_by(1)
    (again,) = claim(store)
    assert (again.id, again.body, again.attempts) == (lost.id, lost.body, 2)
    assert not conclude(store, lost, "dead")
    assert conclude(store, again, "delivered", status=204)


def test_what_failed_comes_again_in_time(store: WebhookDeliveries, clock: Clock) -> None:
    """Not before its wait is over; what was answered is kept for who asks."""
    store.put([message()])
    (failed,) = claim(store)
    assert conclude(store, failed, "pending", status=500, error="the receiver answered 500", wait_s=5.5)
    clock.pass_by(5.4)
    assert claim(store) == []
    clock.pass_by(0.1)
    (again,) = claim(store)
    assert (again.attempts, again.last_status, again.last_error) == (2, 500, "the receiver answered 500")
    assert again.finished_at is None


@pytest.mark.parametrize("state", ["delivered", "dead"])
def test_the_end_of_a_message(store: WebhookDeliveries, clock: Clock, state: str) -> None:
    """It is not sent any more, and can be seen with its end, until it is asked for again."""
    store.put([message()])
    (sent,) = claim(store)
    clock.pass_by(2)
    assert conclude(store, sent, state, status=200)
    clock.pass_by(10**6)
    assert claim(store) == []
    found = store.get("acme", "msg_1")
    assert found is not None
    assert (found.state, found.finished_at) == (state, MONDAY + timedelta(seconds=2))
    assert store.retry("acme", "msg_1")
    (again,) = claim(store)
    assert (again.attempts, again.body, again.finished_at) == (1, sent.body, None)


def test_asking_again_for_one_that_waits(store: WebhookDeliveries, clock: Clock) -> None:
    """It is sent at once; one that is on its way is not sent twice."""
    store.put([message()])
    (failed,) = claim(store)
    assert store.retry("acme", "msg_1")
    assert claim(store) == []
    conclude(store, failed, "pending", wait_s=5000)
    assert claim(store) == []
    assert store.retry("acme", "msg_1")
    assert [delivery.attempts for delivery in claim(store)] == [2]


def test_asking_for_what_is_not_there(store: WebhookDeliveries) -> None:
    """Nobody sends or sees a message of another organisation."""
    store.put([message()])
    assert not store.retry("rival", "msg_1")
    assert store.get("rival", "msg_1") is None
    assert store.listed("rival", limit=10) == []


def test_one_address_does_not_hold_up_the_others(store: WebhookDeliveries, clock: Clock) -> None:
    """Of each address only some are on their way at a time, those of before included."""
    store.put([message(f"msg_slow_{number}") for number in range(9)])
    clock.pass_by(1)
    store.put([message("msg_other", OTHER), message("msg_rival", organisation="rival")])
    first = ids(claim(store, limit=8, per_address=2))
    assert len(first) == 4
    assert {"msg_other", "msg_rival"} < set(first)
    assert claim(store, limit=8, per_address=2) == []
    clock.pass_by(60)
    assert len(claim(store, limit=8, per_address=2)) == 4


def test_an_address_that_asks_for_less(store: WebhookDeliveries, clock: Clock) -> None:
    """All that waits for it waits longer, and nothing for another address or organisation does."""
    store.put([message("msg_1"), message("msg_2"), message("msg_3", OTHER)])
    store.put([message("msg_4", organisation="rival")])
    assert store.postpone("acme", HOOK, 30) == 2
    assert sorted(ids(claim(store))) == ["msg_3", "msg_4"]
    clock.pass_by(30)
    assert sorted(ids(claim(store))) == ["msg_1", "msg_2"]


def test_an_address_that_wants_nothing_more(store: WebhookDeliveries, clock: Clock) -> None:
    """What waits for it is held, also what comes later; enabled again, it gets all of that."""
    store.put([message("msg_1"), message("msg_2", OTHER), message("msg_3", organisation="rival")])
    store.disable("acme", HOOK)
    store.disable("acme", HOOK)
    store.put([message("msg_4")])
    assert sorted(ids(claim(store))) == ["msg_2", "msg_3"]
    assert not store.retry("acme", "msg_1")
    assert (store.disabled("acme"), store.disabled("rival")) == ([(HOOK, MONDAY)], [])
    assert ids(list(store.listed("acme", limit=9, state="disabled"))) == ["msg_4", "msg_1"]
    assert not store.enable("rival", HOOK)
    clock.pass_by(1)
    assert store.enable("acme", HOOK)
    assert not store.enable("acme", HOOK)
    assert sorted(ids(claim(store))) == ["msg_1", "msg_4"]
    assert store.disabled("acme") == []


def test_lists_go_page_by_page(store: WebhookDeliveries, clock: Clock) -> None:
    """Newest first, each once, by job and state when that is asked."""
    for number in range(7):
        store.put([message(f"msg_{number}", job_id=f"job-{number % 2}")])
        clock.pass_by(number % 3)
    whole = list(store.listed("acme", limit=100))
    assert len(whole) == 7
    pages: list[Delivery] = []
    place = None
    while page := store.listed("acme", limit=2, before=place):
        pages += page
        place = (pages[-1].created_at, pages[-1].id)
    assert ids(pages) == ids(whole)
    assert sorted(ids(list(store.listed("acme", limit=9, job_id="job-1")))) == ["msg_1", "msg_3", "msg_5"]
    assert store.listed("acme", limit=9, state="dead") == []


def test_how_much_waits(store: WebhookDeliveries, clock: Clock) -> None:
    """All that are to be sent count; how late the latest is says whether senders keep up."""
    assert store.waiting() == (0, 0.0)
    store.put([message("msg_1"), message("msg_2")])
    clock.pass_by(7)
    assert store.waiting() == (2, 7.0)
    for delivery in claim(store):
        conclude(store, delivery, "pending", wait_s=100)
    assert store.waiting() == (2, 0.0)


def test_what_is_about_a_person_goes_with_them(store: WebhookDeliveries, engine: Engine) -> None:
    """Erasure takes the messages about a person, and no others."""
    store.put([message("msg_1", user_id="ann"), message("msg_2", user_id="bob"), message("msg_3")])
    store.put([message("msg_4", organisation="rival", user_id="ann")])
    assert erase_user(engine, "acme", "ann")["webhook_deliveries"] == 1
    assert ids(list(store.listed("acme", limit=9))) == ["msg_3", "msg_2"]
    assert ids(list(store.listed("rival", limit=9))) == ["msg_4"]


OPERATIONS: list[Callable[[WebhookDeliveries], object]] = [
    lambda store: store.put([message()]),
    lambda store: claim(store),
    lambda store: store.get("acme", "msg_1"),
    lambda store: store.retry("acme", "msg_1"),
    lambda store: store.waiting(),
    lambda store: store.disable("acme", HOOK),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_outage_is_said_to_be_one(
    tmp_path: Path, operation: Callable[[WebhookDeliveries], object]
) -> None:
    """A database that cannot be opened raises PortUnavailable."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    with pytest.raises(PortUnavailable):
        operation(WebhookDeliveries(open_database(f"sqlite:///{folder}")))


def test_batches_tell_once(engine: Engine) -> None:
    """Other parts enqueue by type, id and address, however often they say it."""
    webhooks = webhooks_of(engine, InMemoryLedger())
    first = webhooks.enqueue("acme", HOOK, "batch.finished", {"id": "b", "counts": {"succeeded": 1}})
    assert webhooks.enqueue("acme", HOOK, "batch.finished", {"id": "b", "counts": {}}) == first
    assert webhooks.enqueue("acme", OTHER, "batch.finished", {"id": "b"}, user_id="ann") != first
    found = webhooks.deliveries.listed("acme", limit=9)
    assert {(d.type, d.url, d.job_id) for d in found} == {
        ("batch.finished", HOOK, None),
        ("batch.finished", OTHER, None),
    }
