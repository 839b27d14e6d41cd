"""How a flow ranks: weights, trust, variety and rules, with defaults for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.ranker.diversity import STRENGTH
from flows.intelligence.ranker.features import FEATURES, TRUST
from flows.intelligence.ranker.item import SOURCES
from flows.intelligence.ranker.rules import (
    DEFAULT_RULES,
    AtMost,
    AtMostPerSkill,
    DropDismissed,
    DropMastered,
    PinnedFirst,
    Rule,
)

#: Sum 1, so that scores are 0 to 1. What is asked about leads; the goal comes before the rest.
WEIGHTS: Mapping[str, float] = {
    "relevance": 0.45,
    "need": 0.2,
    "readiness": 0.1,
    "freshness": 0.1,
    "session": 0.1,
    "evidence": 0.05,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``weights`` by feature and ``trust`` by source replace the defaults as a whole, and
    ``diversity`` is the most score that may be given up for variety.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    trust: Mapping[str, float] = field(default_factory=lambda: TRUST)
    diversity: float = STRENGTH
    rules: tuple[Rule, ...] = DEFAULT_RULES


def settings_from(params: Mapping[str, Any]) -> Settings:
    """Settings from the parameters of a stage in ``flows.json``; raises InvalidInput with the field.

    ``weights`` names the features that count (all others count nothing), ``trust`` the sources
    whose trust is not the default. ``diversity`` is 0 to 1. Rules, each left out by a ``null``:
    ``masteredLevel`` (.95), ``dismissedDays`` (14), ``perSkill`` (2), ``pinned`` (ids),
    ``limit``.
    """
    known = {"weights", "trust", "diversity", *RULE_DEFAULTS}
    for name in params:
        if name not in known:
            raise InvalidInput(f"there are: {', '.join(sorted(known))}", field=name)
    return Settings(
        weights=_numbers(params, "weights", FEATURES) or WEIGHTS,
        trust={**TRUST, **_numbers(params, "trust", SOURCES)},
        diversity=_number(params.get("diversity", STRENGTH), "diversity", most=1.0),
        rules=_rules({**RULE_DEFAULTS, **params}),
    )


RULE_DEFAULTS: Mapping[str, Any] = {
    "masteredLevel": DropMastered().level,
    "dismissedDays": DropDismissed().days,
    "perSkill": AtMostPerSkill().items,
    "pinned": None,
    "limit": None,
}


def _rules(params: Mapping[str, Any]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    if params["masteredLevel"] is not None:
        rules.append(DropMastered(_number(params["masteredLevel"], "masteredLevel", most=1.0)))
    if params["dismissedDays"] is not None:
        rules.append(DropDismissed(_number(params["dismissedDays"], "dismissedDays")))
    if params["perSkill"] is not None:
        rules.append(AtMostPerSkill(_count(params["perSkill"], "perSkill")))
    if params["pinned"] is not None:
        rules.append(PinnedFirst(_ids(params["pinned"])))
    if params["limit"] is not None:
        rules.append(AtMost(_count(params["limit"], "limit")))
    return tuple(rules)


def _numbers(params: Mapping[str, Any], name: str, known: tuple[str, ...]) -> dict[str, float]:
    given = params.get(name, {})
    if not isinstance(given, Mapping):
        raise InvalidInput("must map names to numbers", field=name)
    for key in given:
        if key not in known:
            raise InvalidInput(f"there are: {', '.join(known)}", field=f"{name}/{key}")
    return {key: _number(value, f"{name}/{key}", most=1.0) for key, value in given.items()}


def _number(value: Any, field: str, most: float = float("inf")) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InvalidInput(
            "must be a number from 0" + (f" to {most:g}" if most < 1e9 else " on"), field=field
        )
    return float(value)


def _count(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInput("must be a whole number from 1 on", field=field)
    return value


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item_id, str) for item_id in value):
        raise InvalidInput("must be a list of ids", field="pinned")
    return tuple(value)
