"""Waiting for the ledger with work in hand: what was done is worth more than a worker's next second."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flows.errors import StoreUnavailable

T = TypeVar("T")

PATIENCE_S = 5.0  #: Longer than a Redis server needs to start again, or a replica to take over.

_patient = Retrying(
    retry=retry_if_exception_type(StoreUnavailable),
    stop=stop_after_delay(PATIENCE_S),
    wait=wait_fixed(0.1),
    reraise=True,
)


def patiently(write: Callable[[], T]) -> T:
    """Call again while the ledger is away; raises StoreUnavailable when it stays away.

    A write may have happened and only its reply be lost, so it must be one that can be repeated.
    """
    try:
        return write()
    except StoreUnavailable:
        return _patient(write)
