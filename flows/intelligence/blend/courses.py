"""Courses that the person may take now, as items: each stands for a contract with a seat."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flows.intelligence.entitlements.as_json import snapshot_from_json
from flows.intelligence.entitlements.model import Contract
from flows.intelligence.entitlements.policy import days_left
from flows.intelligence.ranker.item import Evidence, Item

COURSE = "course"
BOUGHT = 0.5  #: How surely a course is meant for the person because it was bought for all.


def from_contracts(doc: Mapping[str, Any], now: datetime) -> list[Item]:
    """The candidates that ``filter.entitlements`` let pass: those alone name their ``contract``."""
    if "entitlements" not in doc:
        return []
    contracts = {one.id: one for one in snapshot_from_json(doc["entitlements"]).licences.contracts}
    return [
        _item(candidate, contracts[candidate["contract"]], now)
        for candidate in doc.get("candidates", ())
        if isinstance(candidate, Mapping) and candidate.get("contract") in contracts
    ]


def _item(candidate: Mapping[str, Any], contract: Contract, now: datetime) -> Item:
    return Item(
        id=f"{COURSE}:{candidate['id']}",
        type=COURSE,
        title=candidate["course"],
        skill=candidate["skill"],
        sources={"catalogue": BOUGHT},
        evidence=tuple(_evidence(contract, now)),
    )


def _evidence(contract: Contract, now: datetime) -> Iterable[Evidence]:
    expiry = {"days": days_left(contract, now), "expires": contract.last_day.isoformat()}
    facts = {"title": contract.course, **expiry}
    yield Evidence(id=f"contract:{contract.id}", kind="contract", facts=facts)
