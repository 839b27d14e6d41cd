"""Is the service well: each dependency is asked, each with its time and version."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from flows.errors import ServiceError

#: A dependency's check returns what is worth knowing (a version, say), or raises ServiceError.
Check = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Health:
    """The checks of this process. ``versions`` is shown as it is."""

    checks: Mapping[str, Check]
    versions: Mapping[str, str]

    def report(self, without: Collection[str] = ()) -> dict[str, Any]:
        """Status of every dependency but the ones named, and ``ok`` when all are."""
        asked = {name: check for name, check in self.checks.items() if name not in without}
        dependencies = {name: _ask(check) for name, check in asked.items()}
        well = all(found["status"] == "ok" for found in dependencies.values())
        return {
            "status": "ok" if well else "unavailable",
            "dependencies": dependencies,
            "versions": dict(self.versions),
        }


def _ask(check: Check) -> dict[str, Any]:
    started = perf_counter()
    try:
        found: dict[str, Any] = {"status": "ok", **check()}
    except ServiceError as error:
        found = {"status": "unavailable", "detail": str(error)}
    return {**found, "ms": round((perf_counter() - started) * 1000, 2)}
