"""Ids of jobs: UUIDs of version 7 (RFC 9562), as 32 hexadecimal digits.

The first 48 bits are the millisecond at which the id was made. So an id says by itself whether
its job can still be there, and nothing needs to be kept about a job that is gone.
"""

from collections.abc import Callable
from random import SystemRandom
from time import time
from uuid import UUID

VERSION_7, VARIANT = 7 << 76, 2 << 62

_random_bits = SystemRandom().getrandbits


def new_job_id(now_ms: int | None = None, random_bits: Callable[[int], int] = _random_bits) -> str:
    """A new id, made at ``now_ms`` since the epoch. ``random_bits`` gives an integer of so many bits."""
    made_ms = int(time() * 1000) if now_ms is None else now_ms
    value = (made_ms << 80) | VERSION_7 | (random_bits(12) << 64) | VARIANT | random_bits(62)
    return f"{value:032x}"


def created_ms_of(job_id: str) -> int | None:
    """The millisecond at which an id was made; None for what is no such id."""
    try:
        found = UUID(hex=job_id)
    except ValueError:
        return None
    if found.hex != job_id or found.version != 7:
        return None
    return found.int >> 80
