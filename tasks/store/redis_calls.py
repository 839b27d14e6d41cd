"""How the stores call Redis: Lua scripts by name, and a lost server said in our own words."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from flows.errors import StoreUnavailable

LUA = Path(__file__).parent / "lua"

#: Not there, or there and unable to write: a replica after a failover, or no memory left.
AWAY = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
)


def script(client: "redis.Redis", name: str) -> Callable[..., Any]:
    """A script of the folder ``lua``, with what all of them share before it."""
    prelude = (LUA / "prelude.lua").read_text("utf-8")
    return client.register_script(prelude + (LUA / f"{name}.lua").read_text("utf-8"))


@contextmanager
def translated() -> Iterator[None]:
    """Say a lost Redis in our own words."""
    try:
        yield
    except AWAY as error:
        raise StoreUnavailable(f"Redis does not answer: {error}") from error


def dumps(value: Any) -> str:
    """A value as the JSON text that a field of an entry holds."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
