"""How the stores call Redis: Lua scripts by name, and a lost server said in our own words."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from flows.errors import StoreUnavailable

LUA = Path(__file__).parent / "lua"

#: There and unable to write: a replica after a failover, no memory left, no disk. A script says it in a text.
TAKES_NO_WRITES = (redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError)
SAYS_NO_WRITES = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "OOM", "READONLY")


def script(client: "redis.Redis", name: str) -> Callable[..., Any]:
    """A script of the folder ``lua``, with what all of them share before it."""
    prelude = (LUA / "prelude.lua").read_text("utf-8")
    return client.register_script(prelude + (LUA / f"{name}.lua").read_text("utf-8"))


@contextmanager
def translated() -> Iterator[None]:
    """Say a lost Redis in our own words, and one that takes no writes."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StoreUnavailable(f"Redis does not answer: {error}") from error
    except redis.ResponseError as error:
        if not isinstance(error, TAKES_NO_WRITES) and not str(error).startswith(SAYS_NO_WRITES):
            raise
        raise StoreUnavailable(f"Redis takes no writes: {error}") from error


def dumps(value: Any) -> str:
    """A value as the JSON text that a field of an entry holds."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
