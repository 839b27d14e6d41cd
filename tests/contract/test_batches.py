"""What the store of batches promises: on SQLite and on PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine

from flows.errors import (
    BatchEnded,
    BatchNotFound,
    IdempotencyKeyReused,
    InvalidRequest,
    PortUnavailable,
)
from tasks.batches.model import Batch, BatchState, MemberEnd, NewBatch, member_job
from tasks.store.base import State
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.database import open_database
from tasks.store.erasure import erase_user
from tests.batches import NOON, REQUEST, new_batch, put_people

SAID = {"code": "stage_failed", "detail": "could not"}


@pytest.fixture
def batches(engine: Engine) -> StoredBatches:
    """The clients' side, at noon."""
    return StoredBatches(engine, lambda: NOON)


@pytest.fixture
def feeding(engine: Engine) -> BatchFeeding:
    """The feeder's side, at noon."""
    return BatchFeeding(engine, lambda: NOON)


def states(batches: StoredBatches, batch: Batch) -> list[str]:
    """The state of each member, in order."""
    return [member.state.value for member in batches.members(batch.organisation, batch.id, limit=100)]


def end(
    feeding: BatchFeeding, batch: Batch, state: State, *positions: int, result: str | None = None
) -> None:
    """Members in their first attempt come to an end."""
    problem = SAID if state is State.FAILED else None
    ends = [MemberEnd(at, member_job(batch.id, at, 1), state, problem, result) for at in positions]
    feeding.settle(batch, ends)


def test_an_opened_batch_has_everybody_in_it(batches: StoredBatches) -> None:
    """All are there, in their order, waiting, each with the goal of their own if there is one."""
    new = new_batch("ann", "bob", goals={"bob": "devops"}, callback_url="https://example.org/x")

    batch, is_new = batches.open(new)

    assert is_new
    assert (batch.state, batch.members, batch.request) == (BatchState.QUEUED, 2, REQUEST)
    assert (batch.progress, batch.left, batch.callback_url) == (0.0, 2, "https://example.org/x")
    assert (batch.created_at, batch.started_at, batch.finished_at) == (NOON, None, None)
    members = batches.members("acme", batch.id, limit=10)
    assert [(m.position, m.user_id, m.goal, m.state, m.attempts) for m in members] == [
        (0, "ann", None, State.QUEUED, 1),
        (1, "bob", "devops", State.QUEUED, 1),
    ]


def test_ten_thousand_people(batches: StoredBatches) -> None:
    """The most there may be are stored whole, and counted."""
    batch, _ = batches.open(new_batch(*(f"user-{number}" for number in range(10_000))))
    assert batch.counts[State.QUEUED] == 10_000
    assert batches.members("acme", batch.id, limit=2, after=9_997)[-1].user_id == "user-9999"


def test_a_key_opens_one_batch(batches: StoredBatches) -> None:
    """The same key gives the batch of before, as long as the request is the same; and to each their own."""
    first, _ = batches.open(new_batch("ann", idempotency_key="k", digest="d"))

    again, is_new = batches.open(new_batch("ann", idempotency_key="k", digest="d"))
    assert (again.id, is_new) == (first.id, False)
    with pytest.raises(IdempotencyKeyReused):
        batches.open(new_batch("bob", idempotency_key="k", digest="e"))

    elsewhere, is_new = batches.open(new_batch("ann", organisation="rival", idempotency_key="k", digest="e"))
    assert is_new
    assert len(batches.newest("acme", limit=10)) == 1
    assert batches.members("rival", elsewhere.id, limit=10)[0].user_id == "ann"


def test_a_key_that_is_sent_twice_at_once(batches: StoredBatches) -> None:
    """Of requests with one key that come together one opens the batch, and both get it."""
    got: list[tuple[str, bool]] = []
    together = Barrier(2)

    def send(new: NewBatch) -> None:
        together.wait()
        batch, is_new = batches.open(new)
        got.append((batch.id, is_new))

    threads = [
        Thread(target=send, args=(new_batch("ann", idempotency_key="k", digest="d"),)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id_ for id_, _ in got}) == 1
    assert sorted(is_new for _, is_new in got) == [False, True]


def test_batches_are_listed_newest_first(batches: StoredBatches) -> None:
    """Page by page, and nobody else's."""
    ids = [
        batches.open(new_batch("ann", id=f"{number:032x}", created_at=NOON + timedelta(seconds=number // 2)))[
            0
        ].id
        for number in range(5)
    ]
    batches.open(new_batch("ann", organisation="rival"))

    page = batches.newest("acme", limit=2)
    rest = batches.newest("acme", limit=9, before=(page[-1].created_at, page[-1].id))

    assert [batch.id for batch in (*page, *rest)] == ids[::-1]


@pytest.mark.parametrize(("organisation", "id_"), [("rival", "b1"), ("acme", "b2"), ("nowhere", "b1")])
def test_somebody_elses_batch_does_not_exist(batches: StoredBatches, organisation: str, id_: str) -> None:
    """Neither to look at nor to change: not its members either."""
    batches.open(new_batch("ann", id="b1"))
    batches.open(new_batch("ann", organisation="rival", id="b2"))
    for ask in (batches.get, batches.cancel, batches.retry):
        with pytest.raises(BatchNotFound):
            ask(organisation, id_)
    assert batches.members(organisation, id_, limit=10) == []
    assert states(batches, batches.get("acme", "b1")) == ["queued"]


def test_members_are_claimed_in_order_and_once(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """Whoever is claimed is under way and is not claimed again."""
    batch, _ = batches.open(new_batch("a", "b", "c"))

    assert [member.user_id for member in feeding.claim(batch, 2)] == ["a", "b"]
    assert [member.user_id for member in feeding.claim(batch, 2)] == ["c"]
    assert feeding.claim(batch, 2) == []

    assert [m.job_id for m in feeding.under_way(batch)] == [member_job(batch.id, at, 1) for at in range(3)]


def test_claiming_at_once(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """Two feeders that claim together never claim the same member."""
    batch, _ = batches.open(new_batch(*(f"user-{number}" for number in range(60))))
    claimed: list[int] = []
    together = Barrier(3)

    def claim() -> None:
        together.wait()
        while members := feeding.claim(batch, 7):
            claimed.extend(member.position for member in members)

    threads = [Thread(target=claim) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == list(range(60))


def test_an_end_is_stored_once(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """The first end of a member stays; who is not under way, or waits for another job, gets none."""
    batch, _ = batches.open(new_batch("a", "b", "c"))
    feeding.claim(batch, 2)

    end(feeding, batch, State.SUCCEEDED, 0, 2, result='{"path":["ü"]}')
    end(feeding, batch, State.FAILED, 0)
    feeding.settle(batch, [MemberEnd(1, "another job", State.FAILED)])
    feeding.settle(batch, [])

    assert states(batches, batch) == ["succeeded", "running", "queued"]
    (first, *_) = batches.members("acme", batch.id, limit=1, results=True)
    assert (first.result, first.problem, first.finished_at) == ('{"path":["ü"]}', None, NOON)
    assert batches.members("acme", batch.id, limit=1)[0].result is None


def test_members_by_state_page_by_page(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """A page goes on after a place, which stays the same whatever ends meanwhile."""
    batch, _ = batches.open(new_batch(*"abcdef"))
    feeding.claim(batch, 6)
    end(feeding, batch, State.FAILED, 0, 2, 4)

    first = batches.members("acme", batch.id, limit=2, state=State.FAILED)
    end(feeding, batch, State.FAILED, 1)
    second = batches.members("acme", batch.id, limit=2, after=first[-1].position, state=State.FAILED)

    assert [member.user_id for member in (*first, *second)] == ["a", "c", "e"]
    assert first[0].problem == SAID


def test_progress_and_the_time_left(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """What ended so far says how long the rest takes; before anything ended nothing is said."""
    batch, _ = batches.open(new_batch(*"abcd"))
    feeding.begin_turn(batch)
    feeding.claim(batch, 4)
    assert batches.get("acme", batch.id).seconds_left(NOON + timedelta(seconds=3)) is None

    end(feeding, batch, State.SUCCEEDED, 0)

    now = batches.get("acme", batch.id)
    assert (now.state, now.started_at, now.progress) == (BatchState.RUNNING, NOON, 0.25)
    assert now.seconds_left(NOON + timedelta(seconds=3)) == 9.0


def test_a_batch_finishes_when_nobody_is_left(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """Not before the last member has ended."""
    batch, _ = batches.open(new_batch("a", "b"))
    feeding.claim(batch, 2)
    end(feeding, batch, State.SUCCEEDED, 0)
    feeding.finish(batch)
    assert batches.get("acme", batch.id).state is BatchState.QUEUED

    end(feeding, batch, State.FAILED, 1)
    feeding.finish(batch)

    now = batches.get("acme", batch.id)
    assert (now.state, now.finished_at, now.progress) == (BatchState.FINISHED, NOON, 1.0)
    assert now.seconds_left(datetime.now(UTC)) == 0
    assert feeding.open_batches(10) == []


def test_who_waited_longest_has_the_first_turn(batches: StoredBatches, engine: Engine) -> None:
    """A batch that had its turn comes after those that had none, or an earlier one."""
    opened = [batches.open(new_batch("a", organisation=owner))[0] for owner in ("acme", "rival", "third")]
    for second, batch in ((2, opened[0]), (1, opened[2])):
        BatchFeeding(engine, lambda s=second: NOON + timedelta(seconds=s)).begin_turn(batch)  # type: ignore[misc]
    order = [batch.id for batch in BatchFeeding(engine).open_batches(10)]
    assert order == [opened[1].id, opened[2].id, opened[0].id]
    assert len(BatchFeeding(engine).open_batches(2)) == 2


def test_a_cancelled_batch_is_over_for_all(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """Who had not ended is cancelled, and nothing starts or ends after it."""
    batch, _ = batches.open(new_batch(*"abc"))
    feeding.claim(batch, 2)
    end(feeding, batch, State.SUCCEEDED, 0)

    assert batches.cancel("acme", batch.id) == [member_job(batch.id, 1, 1)]

    assert states(batches, batch) == ["succeeded", "cancelled", "cancelled"]
    assert batches.get("acme", batch.id).state is BatchState.CANCELLED
    end(feeding, batch, State.SUCCEEDED, 1)
    feeding.begin_turn(batch)
    feeding.finish(batch)
    assert (feeding.claim(batch, 5), feeding.open_batches(5)) == ([], [])
    assert states(batches, batch) == ["succeeded", "cancelled", "cancelled"]


def test_what_has_ended_cannot_be_cancelled(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """Neither a finished batch nor one that was cancelled; the latter cannot be retried either."""
    batch, _ = batches.open(new_batch("a"))
    feeding.claim(batch, 1)
    end(feeding, batch, State.FAILED, 0)
    feeding.finish(batch)
    with pytest.raises(BatchEnded):
        batches.cancel("acme", batch.id)

    batches.retry("acme", batch.id)
    batches.cancel("acme", batch.id)
    for ask in (batches.cancel, batches.retry):
        with pytest.raises(BatchEnded):
            ask("acme", batch.id)


def failed_batch(batches: StoredBatches, feeding: BatchFeeding) -> Batch:
    """A finished batch: a succeeded, b and c failed, d was cancelled by itself."""
    batch, _ = batches.open(new_batch(*"abcd"))
    feeding.begin_turn(batch)
    feeding.claim(batch, 4)
    end(feeding, batch, State.SUCCEEDED, 0, result="{}")
    end(feeding, batch, State.FAILED, 1, 2)
    end(feeding, batch, State.CANCELLED, 3)
    feeding.finish(batch)
    return batch


@pytest.mark.parametrize(("named", "again"), [(None, [1, 2]), (["c"], [2]), (["d", "b"], [1, 3])])
def test_retry(
    batches: StoredBatches, feeding: BatchFeeding, named: Sequence[str] | None, again: list[int]
) -> None:
    """All that failed, or who is named, wait again for another job; the batch is open again."""
    batch = failed_batch(batches, feeding)

    assert batches.retry("acme", batch.id, named) == len(again)

    now = batches.get("acme", batch.id)
    assert (now.state, now.finished_at, now.started_at) == (BatchState.QUEUED, None, None)
    assert (now.ended_before, now.left) == (4 - len(again), len(again))
    taken = feeding.claim(batch, 9)
    assert [(m.position, m.attempts, m.job_id, m.problem) for m in taken] == [
        (at, 2, member_job(batch.id, at, 2), None) for at in again
    ]
    end(feeding, batch, State.FAILED, *again)  # What the first attempt says comes too late.
    assert states(batches, batch).count("running") == len(again)


def test_only_who_failed_is_tried_again(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """One who is named and did not fail is pointed at, and nobody is tried again."""
    batch = failed_batch(batches, feeding)
    with pytest.raises(InvalidRequest) as raised:
        batches.retry("acme", batch.id, ["b", "a", "nobody"])
    assert [error.field for error in raised.value.errors] == ["userIds/1", "userIds/2"]
    assert states(batches, batch) == ["succeeded", "failed", "failed", "cancelled"]


def test_nobody_to_retry(batches: StoredBatches, feeding: BatchFeeding) -> None:
    """A batch in which nobody failed stays as it is."""
    batch, _ = batches.open(new_batch("a"))
    feeding.claim(batch, 1)
    end(feeding, batch, State.SUCCEEDED, 0)
    feeding.finish(batch)
    assert batches.retry("acme", batch.id) == 0
    assert batches.get("acme", batch.id).state is BatchState.FINISHED


def test_who_is_erased_is_in_no_batch(batches: StoredBatches, feeding: BatchFeeding, engine: Engine) -> None:
    """An erased person is gone from every batch, which goes on without, and says how many are gone."""
    batch, _ = batches.open(new_batch("ann", "bob"))
    feeding.claim(batch, 1)
    assert erase_user(engine, "acme", "ann")["batch_members"] == 1

    end(feeding, batch, State.SUCCEEDED, 0)

    now = batches.get("acme", batch.id)
    assert (now.members, now.erased, now.left) == (2, 1, 1)
    assert [member.user_id for member in batches.members("acme", batch.id, limit=9)] == ["bob"]
    assert [member.user_id for member in feeding.claim(batch, 9)] == ["bob"]


def test_levels_of_people(feeding: BatchFeeding, engine: Engine) -> None:
    """Those whom the organisation knows, with a level where one was stated."""
    put_people(engine, "acme", ["ann-mid", "bob"])
    put_people(engine, "rival", ["cleo"])
    assert feeding.levels("acme", ["ann-mid", "bob", "cleo", "x"]) == {"ann-mid": "mid", "bob": None}


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, whatever is asked."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    engine = open_database(f"sqlite:///{folder}")
    batches, feeding = StoredBatches(engine), BatchFeeding(engine)
    for ask in (
        lambda: batches.open(new_batch("a")),
        lambda: batches.get("acme", "b"),
        lambda: batches.cancel("acme", "b"),
        lambda: feeding.open_batches(1),
        lambda: feeding.levels("acme", ["a"]),
    ):
        with pytest.raises(PortUnavailable):
            ask()
