"""Secrets: made when they are needed, and two in force for a day while one takes over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from flows.webhooks.signing import key_of
from tasks.store.webhook_secrets import WebhookSecrets

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """A clock that stands still until it is moved."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secrets(engine: Engine, clock: Clock) -> WebhookSecrets:
    return WebhookSecrets(engine, clock)


def test_the_first_secret_is_made_when_it_is_needed(secrets: WebhookSecrets) -> None:
    """It stays the same, each organisation has its own, and it is never shown by accident."""
    (first,) = secrets.in_force("acme")
    assert len(key_of(first.text)) == 32
    assert (first.number, first.created_at, first.expires_at) == (1, MONDAY, None)
    assert secrets.in_force("acme") == [first]
    assert secrets.in_force("rival")[0].text != first.text
    assert first.text not in repr(first)


def test_a_first_secret_is_made_once(secrets: WebhookSecrets) -> None:
    """Of several processes that need one at the same time, all get the same."""
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: secrets.in_force("acme"), range(8)))
    assert all(each == found[0] for each in found)
    assert len(found[0]) == 1


def test_both_sign_for_a_day(secrets: WebhookSecrets, clock: Clock) -> None:
    """After a rotation the new secret comes first, and the old one ends after 24 hours."""
    (old,) = secrets.in_force("acme")
    other = secrets.in_force("rival")
    new, before = secrets.rotate("acme")
    assert (before.text, before.expires_at) == (old.text, MONDAY + 24 * HOUR)
    assert (new.number, new.expires_at) == (2, None)
    clock.now += 24 * HOUR - timedelta(seconds=1)
    assert [secret.text for secret in secrets.in_force("acme")] == [new.text, old.text]
    clock.now += timedelta(seconds=1)
    assert [secret.text for secret in secrets.in_force("acme")] == [new.text]
    assert secrets.in_force("rival") == other


def test_two_rotations_within_a_day(secrets: WebhookSecrets, clock: Clock) -> None:
    """Each secret ends a day after it was replaced; numbers go up, also when old ones are gone."""
    secrets.rotate("acme")
    clock.now += HOUR
    secrets.rotate("acme")
    ends = [secret.expires_at for secret in secrets.rotate("acme")]
    assert ends == [None, MONDAY + 25 * HOUR, MONDAY + 25 * HOUR]
    clock.now += 48 * HOUR
    assert [secret.number for secret in secrets.rotate("acme")] == [4, 3]


def test_a_secret_that_leaked(secrets: WebhookSecrets) -> None:
    """It can be taken out at once; when it was the current one, another is made."""
    secrets.in_force("acme")
    secrets.rotate("acme")
    assert secrets.remove("acme", 1)
    assert not secrets.remove("acme", 1)
    assert not secrets.remove("rival", 2)
    (current,) = secrets.in_force("acme")
    assert secrets.remove("acme", 2)
    (made,) = secrets.in_force("acme")
    assert made.text != current.text
