"""A later start: the demo's contracts still run out in a few days, also for whoever cached them."""

from datetime import UTC, date, datetime, timedelta

import click

from config.settings import Settings
from flows.intelligence.entitlements.model import Contract
from tasks.commands.stores import prepare_stores
from tasks.redis_client import fast_client
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.database import open_database
from tasks.store.demo import move_demo_dates
from tasks.store.entitlements import StoredEntitlements


def prepared(settings: Settings, redis_url: str) -> None:
    """What every start does first."""
    with click.Context(click.Command("up")):
        prepare_stores(settings, redis_url)


def test_a_later_start_moves_the_dates(sqlite_url: str, redis_url: str) -> None:
    """Contracts that had run out are good again after a start, in the cache too."""
    settings = Settings.from_env({"DATABASE_URL": sqlite_url})
    prepared(settings, redis_url)
    engine = open_database(sqlite_url)
    with fast_client(redis_url) as client:
        entitlements = CachedEntitlements(StoredEntitlements(engine), client)

        def typescript() -> Contract:
            bought = entitlements.of("corp-123", "enterprise-user-001").licences.contracts
            return next(contract for contract in bought if contract.id == "advanced-typescript")

        move_demo_dates(engine, today=date(2025, 8, 18))
        entitlements.forget("corp-123")
        assert typescript().last_day == date(2025, 9, 1)
        before = datetime.now(UTC).date()
        prepared(settings, redis_url)
        after = datetime.now(UTC).date()
        assert before + timedelta(days=14) <= typescript().last_day <= after + timedelta(days=14)
    engine.dispose()
