"""What people master, on a dict, for tests and for running without a database."""

from collections.abc import Mapping
from threading import Lock

from flows.intelligence.mastery import Mastery


class InMemoryLearners:
    """LearnerRecords that are gone with the process."""

    def __init__(self) -> None:
        self._people: dict[tuple[str, str], Mapping[str, Mastery]] = {}
        self._lock = Lock()

    def mastery(self, organisation: str, user_id: str) -> Mapping[str, Mastery]:
        """Mastery by skill id, empty for a person nobody has seen."""
        return dict(self._people.get((organisation, user_id), {}))

    def record(self, organisation: str, user_id: str, mastery: Mapping[str, Mastery]) -> None:
        """Set the mastery of some skills; what is known about others stays."""
        key = (organisation, user_id)
        with self._lock:
            self._people[key] = {**self._people.get(key, {}), **mastery}
