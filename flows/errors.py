"""The errors of the service, in its own words.

::

    ServiceError
    ├── InvalidInput            a request or file says something that cannot be used
    │   ├── UnknownName         ... a name that nobody knows; carries the nearest ones
    │   ├── InvalidRequest      ... several of these at once
    │   └── CatalogueError      ... a catalogue that does not hold together; names source and id
    ├── FlowError               flows.json is wrong; names the line
    ├── StageError              a stage could not do its work
    │   ├── DoneWithReserve     ... as well as it should; the flow goes on with what it wrote
    │   ├── StageTimeout        ... within its limit
    │   ├── NeverRan            ... since its task was revoked, expired or unknown
    │   ├── WorkerLost          ... since the process that ran it is gone (retryable)
    │   ├── RerankFailed        ... since a language model gave no order that can be used
    │   └── PortUnavailable     ... because something outside did not answer (retryable)
    │       ├── UpstreamUnavailable   ... could not be reached, broke off or failed (retryable)
    │       ├── UpstreamTimeout       ... not in the time that was left (retryable)
    │       ├── UpstreamRefused       ... does not take the request; carries status and problem
    │       ├── BadUpstreamAnswer     ... answered something that is not what was agreed on
    │       └── BreakerOpen           ... failed so often that it is left alone (retryable)
    ├── JobNotFound             no such job
    │   └── JobGone             ... any more: its retention is over
    ├── JobNotFailed            a job that has not failed cannot be tried once more
    ├── MemoryNotFound          the person has no such memory
    ├── DeliveryNotFound        no such webhook delivery
    ├── PathNotFound            no such saved learning path
    ├── PathChanged             a saved learning path is not what it was when it was read
    ├── EntitlementsNotFound    the source of entitlements does not know the organisation
    ├── RefreshUnderWay         an organisation's entitlements are being read from their source already
    ├── IdempotencyKeyReused    an Idempotency-Key came with another request before
    ├── Overloaded              too many jobs wait already, so this one was not accepted
    └── StoreUnavailable        the ledger did not answer (retryable)

``code`` is stable and goes over the wire; ``retryable`` says whether asking again may help.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any


class ServiceError(Exception):
    """Base of all errors that the service raises on purpose."""

    code = "internal"
    retryable = False


class InvalidInput(ServiceError):
    """Raised when a value cannot be used. ``field`` is a path such as ``knownSkills/2``."""

    code = "invalid_input"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class UnknownName(InvalidInput):
    """Raised when a goal, skill or catalogue is asked for that does not exist."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, nearest: Sequence[str], *, field: str = "") -> None:
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"unknown {kind} {name!r}{hint}", field=field)
        self.nearest = tuple(nearest)


class InvalidRequest(InvalidInput):
    """Raised when a request has faults; carries all of them."""

    def __init__(self, errors: Sequence[InvalidInput]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = tuple(errors)


class CatalogueError(InvalidInput):
    """Raised when a catalogue is refused. ``source`` is the file, ``item`` the id in it."""

    code = "bad_catalogue"

    def __init__(self, source: str, item: str, message: str) -> None:
        super().__init__(f"{source}: {item}: {message}" if item else f"{source}: {message}")
        self.source, self.item = source, item


class FlowError(ServiceError):
    """Raised when ``flows.json`` is refused. ``line`` counts from 1."""

    code = "bad_flow"

    def __init__(self, source: str, line: int, message: str) -> None:
        super().__init__(f"{source}:{line}: {message}")
        self.line = line


class StageError(ServiceError):
    """Raised when a stage cannot do its work with what it was given.

    ``updates`` are fields that the stage writes nevertheless, such as what is to be logged.
    """

    code = "stage_failed"
    updates: Mapping[str, Any] = MappingProxyType({})


class DoneWithReserve(StageError):
    """Raised by a stage that did its work on something that is worth less than it should be.

    The flow goes on with ``updates`` whatever it says about errors; ``reason`` stands among the
    reasons of the degraded answer as it is.
    """

    code = "done_with_reserve"

    def __init__(self, reason: str, message: str, updates: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.reason, self.updates = reason, updates


class StageTimeout(StageError):
    """Raised when a stage was cut off at its limit."""

    code = "stage_timeout"


class NeverRan(StageError):
    """Raised for a stage whose task was revoked, expired, or known to no worker."""

    code = "never_ran"


class WorkerLost(StageError):
    """Raised for a stage whose process ended under it."""

    code = "worker_lost"
    retryable = True


class PortUnavailable(StageError):
    """Raised when something outside the process did not answer."""

    code = "port_unavailable"
    retryable = True


class RerankFailed(StageError):
    """Raised when a language model was asked for an order and gave none that can be used.

    The code of each one says why: ``timeout``, ``busy``, ``malformed`` and so on.
    """

    code = "rerank_failed"

    def __init__(self, code: str, message: str, updates: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.updates = str(code), updates or {}


class UpstreamUnavailable(PortUnavailable):
    """Raised when an upstream cannot be reached, breaks off, is too busy or fails."""

    code = "upstream_unavailable"


class UpstreamTimeout(PortUnavailable):
    """Raised when an upstream's whole answer was not there in time."""

    code = "upstream_timeout"


class UpstreamRefused(PortUnavailable):
    """Raised when an upstream does not take a request.

    ``status`` is that of HTTP, 400 to 499. ``problem`` is what the upstream said, as JSON, and
    empty when that was nothing readable.
    """

    code = "upstream_refused"
    retryable = False

    def __init__(self, message: str, *, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status, self.problem = status, problem


class BadUpstreamAnswer(PortUnavailable):
    """Raised when an upstream answers something that cannot be read."""

    code = "bad_upstream_answer"
    retryable = False


class BreakerOpen(PortUnavailable):
    """Raised when an upstream is not asked, since it has failed too often of late."""

    code = "breaker_open"


class JobNotFound(ServiceError):
    """Raised when no job has this id."""

    code = "job_not_found"


class JobGone(JobNotFound):
    """Raised for the id of a job that was made so long ago that its retention is over."""

    code = "job_gone"


class JobNotFailed(ServiceError):
    """Raised when a job is to be tried once more that has not failed."""

    code = "job_not_failed"


class MemoryNotFound(ServiceError):
    """Raised when a person has no memory of this id."""

    code = "memory_not_found"


class DeliveryNotFound(ServiceError):
    """Raised when an organisation has no webhook delivery of this id."""

    code = "delivery_not_found"


class PathNotFound(ServiceError):
    """Raised when an organisation has no saved learning path of this id."""

    code = "path_not_found"


class PathChanged(ServiceError):
    """Raised when a saved learning path was changed since it was read."""

    code = "path_changed"


class EntitlementsNotFound(ServiceError):
    """Raised when the source of entitlements does not know an organisation."""

    code = "entitlements_not_found"


class RefreshUnderWay(ServiceError):
    """Raised when an organisation's entitlements are being read from their source already."""

    code = "refresh_under_way"


class IdempotencyKeyReused(ServiceError):
    """Raised when an Idempotency-Key was sent with another request before."""

    code = "idempotency_key_reused"


class Overloaded(ServiceError):
    """Raised before a job is accepted, when those that wait already would take too long."""

    code = "overloaded"
    retryable = True


class StoreUnavailable(ServiceError):
    """Raised when the ledger, cache or broker cannot be reached."""

    code = "store_unavailable"
    retryable = True
