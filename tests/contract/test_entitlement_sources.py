"""What every source of entitlements promises: a JSON file, a CSV file, and a service over HTTP."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from app.health import Health
from app.upstreams.entitlements import create_entitlements_service
from config.settings import Settings
from flows.errors import EntitlementsNotFound
from flows.intelligence.entitlements.files import COLUMNS
from flows.intelligence.entitlements.source import (
    EntitlementSource,
    SourcedEntitlements,
    sourced_to_json,
)
from flows.upstreams.breaker import BreakerSettings
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.entitlements import HttpEntitlements
from tasks.store.database import ensure_organisation, open_database
from tasks.store.entitlement_file import FileEntitlements
from tasks.store.sourced_entitlements import StoredSource, replace_entitlements
from tests.fakes.service import listening
from tests.sourced import NOON, sourced


class Kept(ABC):
    """A source, and a way to change what it says."""

    source: EntitlementSource

    @abstractmethod
    def put(self, *found: SourcedEntitlements) -> None:
        """It has these organisations from now on, and no others."""


class KeptInFile(Kept):
    def __init__(self, file: Path) -> None:
        self.file, self.source = file, FileEntitlements(file)

    def put(self, *found: SourcedEntitlements) -> None:
        documents = [sourced_to_json(one) for one in found]
        # Another file each time: what happens within a nanosecond is no matter here.
        self.file.unlink(missing_ok=True)
        as_csv = self.file.suffix == ".csv"
        self.file.write_text(
            csv_of(documents) if as_csv else json.dumps({"organisations": documents}), "utf-8"
        )


def csv_of(documents: list[dict[str, object]]) -> str:
    """The same as lines."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for document in documents:
        owner = {"organisation": document["organisation"]}
        writer.writerow(owner | {"kind": "organisation"})
        for contract in document["contracts"]:  # type: ignore[attr-defined]
            writer.writerow(owner | {"kind": "contract"} | contract)
            for holder in contract["seatHolders"]:
                writer.writerow(owner | {"kind": "seat", "id": contract["id"], "userId": holder})
        for training in document["trainings"]:  # type: ignore[attr-defined]
            writer.writerow(owner | {"kind": "training"} | training)
    return text.getvalue()


class KeptInService(Kept):
    def __init__(self, engine: Engine, source: EntitlementSource) -> None:
        self.engine, self.source = engine, source

    def put(self, *found: SourcedEntitlements) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM organisations")
            for one in found:
                ensure_organisation(connection, one.organisation)
                replace_entitlements(connection, one, NOON)


@contextmanager
def service(engine: Engine) -> Iterator[EntitlementSource]:
    """The client of a service over the durable store."""
    app = create_entitlements_service(
        Settings.of_upstream({}), StoredSource(engine), Health({}, {}), CollectorRegistry()
    )
    with listening(app) as url:
        client = UpstreamClient(UpstreamSettings("source", url, BreakerSettings(slow_s=60)))
        yield HttpEntitlements(client, fetch_s=30)
        client.close()


@pytest.fixture(params=["json", "csv", "http"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param != "http":
        yield KeptInFile(tmp_path / f"entitlements.{request.param}")
        return
    engine = open_database(request.getfixturevalue("sqlite_url"))
    with service(engine) as source:
        yield KeptInService(engine, source)
    engine.dispose()


def test_it_says_what_an_organisation_has(kept: Kept) -> None:
    """To the last field, moment and seat, and nothing of another one."""
    (contract,) = sourced().contracts
    weld = replace(contract, id="weld", course='Welding, ☃ "x"', skill="welding", seats=0, seats_used=0)
    acme = sourced("acme", contracts=(contract, weld), seats=frozenset({("ts", "bob"), ("ts", "ann")}))
    kept.put(acme, sourced("rival"))
    found = kept.source.fetch("acme", None).found
    assert found is not None
    assert sourced_to_json(found) == sourced_to_json(acme)


def test_what_has_not_changed_is_not_said_again(kept: Kept) -> None:
    """Also not when others have changed; after a change of its own all is said anew."""
    kept.put(sourced("acme"), sourced("rival"))
    first = kept.source.fetch("acme", None)
    assert first.etag is not None
    kept.put(sourced("acme"))
    assert kept.source.fetch("acme", first.etag).found is None
    assert kept.source.fetch("acme", first.etag).etag == first.etag
    kept.put(sourced("acme", trainings=()))
    changed = kept.source.fetch("acme", first.etag)
    assert changed.found is not None
    assert changed.found.trainings == ()
    assert changed.etag not in (None, first.etag)


def test_one_that_it_does_not_know(kept: Kept) -> None:
    """Is no organisation with nothing."""
    kept.put(sourced("acme"))
    with pytest.raises(EntitlementsNotFound):
        kept.source.fetch("nobody", None)


def test_what_it_lists_it_has(kept: Kept) -> None:
    """A source may list its organisations; it has each of them."""
    kept.put(sourced("acme"), sourced("rival"))
    for organisation in kept.source.listed():
        assert kept.source.fetch(organisation, None).found is not None


def test_an_end_keeps_its_moment(kept: Kept) -> None:
    """To the microsecond, whatever its zone."""
    (contract,) = sourced().contracts
    ends = replace(contract, expires_at=NOON + timedelta(microseconds=1))
    kept.put(sourced(contracts=(ends,)))
    found = kept.source.fetch("acme", None).found
    assert found is not None
    assert found.contracts[0].expires_at == NOON + timedelta(microseconds=1)
