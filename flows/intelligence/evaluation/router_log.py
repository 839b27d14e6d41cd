"""Scored questions in the format of LLMRouter: a JSON object per line, and prices beside them.

A line has ``question``, ``task`` (may be missing) and ``scores``: 0 to 1 by model. The prices are a
JSON object of models, each with ``usd_per_million_output``. A model counts when every question
has its score; it must have a price.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.routing.learned import Scored
from flows.intelligence.routing.question import look_at

PRICE = "usd_per_million_output"


@dataclass(frozen=True, slots=True)
class RouterLog:
    """Questions with their scores and the models' prices, both in the order of ``models``."""

    models: tuple[str, ...]
    prices: tuple[float, ...]
    rows: tuple[Scored, ...]


def parse_router_log(lines: Iterable[str], models: str, source: str, prices_source: str) -> RouterLog:
    """Read questions and prices; raises InvalidInput that names file and line, or file and model."""
    read = [_row(line, f"{source}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not read:
        raise InvalidInput(f"{source}: has no questions")
    names = sorted(set.intersection(*(set(scores) for _, _, scores in read)))
    if not names:
        raise InvalidInput(f"{source}: no model has a score on every question")
    prices = _prices(models, prices_source)
    missing = [name for name in names if name not in prices]
    if missing:
        raise InvalidInput(f"{prices_source}: no price of {', '.join(missing)}")
    rows = (Scored(look_at(text, task), [scores[name] for name in names]) for text, task, scores in read)
    return RouterLog(tuple(names), tuple(prices[name] for name in names), tuple(rows))


def _row(line: str, place: str) -> tuple[str, str, Mapping[str, float]]:
    row = _object(line, place)
    text, task, scores = row.get("question"), row.get("task") or "", row.get("scores")
    if not isinstance(text, str) or not isinstance(task, str) or not isinstance(scores, dict):
        raise InvalidInput(f"{place}: needs question, task and scores")
    for model, score in scores.items():
        if not _is_number(score) or not 0 <= score <= 1:
            raise InvalidInput(f"{place}: score of {model} must be a number from 0 to 1")
    return text, task, scores


def _prices(text: str, source: str) -> dict[str, float]:
    prices = {}
    for model, entry in _object(text, source).items():
        price: Any = entry.get(PRICE) if isinstance(entry, dict) else None
        if not _is_number(price) or price < 0:
            raise InvalidInput(f"{source}: {model}: {PRICE} must be a number, 0 or more")
        prices[model] = float(price)
    return prices


def _object(text: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{place}: {error}") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{place}: must be an object")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
