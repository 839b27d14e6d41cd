"""The names in Redis, as other programs and older versions of this one know them."""

import pytest

from config import keys


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (keys.PREFIX, "lsvc:"),
        (keys.LEASES, "lsvc:jobs:leases"),
        (keys.DEAD_LETTERS, "lsvc:jobs:dead"),
        (keys.RECENT_JOBS, "lsvc:jobs:recent"),
        (keys.STARTED, "lsvc:jobs:started"),
        (keys.POISON, "lsvc:jobs:poison"),
        (keys.PROGRESS, "lsvc:jobs:progress"),
        (keys.FINISHED, "lsvc:jobs:finished"),
        (keys.PENDING_DECISIONS, "lsvc:decisions:pending"),
        (keys.LOST_DECISIONS, "lsvc:decisions:lost"),
        (keys.WEBHOOK_OUTBOX, "lsvc:webhooks:outbox"),
        (keys.WORKERS, "lsvc:workers"),
        (keys.SCHEDULE, "lsvc:schedule"),
        (keys.scheduled_runs("sweep"), "lsvc:schedule:sweep"),
        (keys.BEAT_DUE, "lsvc:beat::schedule"),
        (keys.refresh_lease("acme"), "lsvc:entitlements:refresh:acme"),
        (keys.FLOWS_CURRENT, "flows:current"),
        (keys.FLOWS_HISTORY, "flows:history"),
        (keys.job("abc"), "lsvc:job:abc"),
        (keys.answer("abc"), "lsvc:answer:abc"),
        (keys.in_flight("abc"), "lsvc:inflight:abc"),
        (keys.stale("abc"), "lsvc:stale:abc"),
        (keys.queue("interactive"), "lsvc:interactive"),
        (keys.OUTDATED, "lsvc:people:outdated"),
        (keys.person("a:b", "c"), "a%3Ab:c"),
        (keys.idempotency("a:b", "k"), "lsvc:idempotency:a%3Ab:61f5dc14830084d8dc2d1ebc02ef3dec"),
        (keys.flows_version("2025.1"), "flows:version:2025.1"),
        (keys.entitlements("acme"), "org:acme:entitlements"),
        (keys.features("acme", "ann"), "user:acme:ann:features"),
        (keys.features("a:b", "c/d"), "user:a%3Ab:c%2Fd:features"),
        (keys.session_context("acme", "s-1"), "session:acme:s-1:context"),
        (keys.revision(keys.features("acme", "ann")), "user:acme:ann:features:revision"),
        (keys.jobs_of("acme", "ann"), "lsvc:jobs:acme:ann"),
    ],
)
def test_keys_have_their_names(key: str, expected: str) -> None:
    """A key keeps its name, since what is stored under it outlives a release."""
    assert key == expected


def test_no_two_keys_meet() -> None:
    """Whatever the id, the keys of different things are different."""
    jobs = [keys.LEASES, keys.DEAD_LETTERS, keys.FINISHED, keys.PENDING_DECISIONS, keys.LOST_DECISIONS]
    jobs += [keys.RECENT_JOBS, keys.STARTED, keys.POISON, keys.PROGRESS, keys.WEBHOOK_OUTBOX]
    fixed = [*jobs, keys.WORKERS, keys.FLOWS_CURRENT, keys.FLOWS_HISTORY]
    made = [
        key(name)
        for key in (keys.job, keys.answer, keys.in_flight, keys.flows_version, keys.entitlements)
        for name in ("leases", "dead", "finished", "current", "history", "workers")
    ]
    assert len({*fixed, *made}) == 43


def test_how_long_things_are_kept() -> None:
    """A job can be polled for an hour, a degraded answer lasts seconds, and dead letters are bounded."""
    assert (keys.JOB_RETENTION_S, keys.DEGRADED_ANSWER_TTL_S) == (3600, 15)
    assert (keys.WORKER_FORGOTTEN_S, keys.ENTITLEMENTS_TTL_S) == (10, 300)
    assert (keys.RECENT_JOBS_KEPT, keys.POISON_KEPT) == (20_000, 1_000)
    assert (keys.DEAD_LETTERS_KEPT, keys.JOB_ID_LENGTH) == (10_000, 32)
    assert keys.PENDING_DECISIONS_KEPT == 20_000
    assert keys.IDEMPOTENCY_S == 24 * 3600
