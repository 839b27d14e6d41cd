"""Objects out of what a model wrote, which may be anything: cut off, wrapped in words, or no JSON."""

import json
from collections.abc import Iterator
from typing import Any

LONGEST = 40_000  #: Characters that are looked at.
MOST_OBJECTS = 20
MOST_TRIES = 200  #: Opening braces that are tried.

_DECODER = json.JSONDecoder()


def objects_in(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, in order, those within others left out. Never raises."""
    return list(_objects(text[:LONGEST]))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    at = found = 0
    for _ in range(MOST_TRIES):
        at = text.find("{", at)
        if at < 0 or found == MOST_OBJECTS:
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        found, at = found + 1, end
        yield value
