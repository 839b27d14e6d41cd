"""Plain JSON as YAML 1.2: for documents that people read, without a library for it.

Mappings and lists are written as blocks, every text as a JSON string, which YAML takes as it is.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z_$/][\w$/.-]*")
_OTHER_THAN_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def yaml_text(document: Any) -> str:
    """The document, a line each for its values, keys in their order."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                yield f"{indent}{_key(key)}:"
                yield from _lines(inner, indent + "  ")
            else:
                yield f"{indent}{_key(key)}: {_scalar(inner)}"
    elif isinstance(value, list) and value:
        for inner in value:
            first, *rest = _lines(inner, indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
    else:
        yield indent + _scalar(value)


def _key(key: str) -> str:
    plain = _PLAIN_KEY.fullmatch(key) and key.lower() not in _OTHER_THAN_TEXT
    return key if plain else _scalar(key)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
