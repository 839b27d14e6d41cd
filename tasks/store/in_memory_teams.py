"""Teams on dicts, for tests and for running without a database."""

from collections.abc import Iterable, Sequence

from flows.intelligence.entitlements.model import Training
from flows.ports import LearnerRecords, TeamSnapshot, TrainingState


class InMemoryTeams:
    """TeamRecords that are gone with the process; mastery comes from ``learners``."""

    def __init__(self, learners: LearnerRecords) -> None:
        self._learners = learners
        self._teams: dict[tuple[str, str], tuple[str, ...]] = {}
        self._trainings: dict[str, list[tuple[Training, frozenset[str]]]] = {}

    def put(self, organisation: str, team_id: str, user_ids: Iterable[str]) -> None:
        """Set who is in a team."""
        self._teams[organisation, team_id] = tuple(sorted(set(user_ids)))

    def require(self, organisation: str, training: Training, completed_by: Iterable[str] = ()) -> None:
        """Add a mandatory training and who has completed it."""
        self._trainings.setdefault(organisation, []).append((training, frozenset(completed_by)))

    def of(self, organisation: str, team_id: str | None) -> TeamSnapshot:
        """The members of a team, or of all teams of the organisation."""
        people = sorted(
            {
                user_id
                for (owner, team), members in self._teams.items()
                if owner == organisation and team_id in (None, team)
                for user_id in members
            }
        )
        known = [self._learners.mastery(organisation, user_id) for user_id in people]
        asked = sorted(self._trainings.get(organisation, []), key=lambda item: (item[0].due_on, item[0].id))
        return TeamSnapshot(
            size=len(people),
            members=tuple(mastery for mastery in known if mastery),
            trainings=tuple(TrainingState(one, len(done & set(people))) for one, done in asked),
        )

    def teams(self, organisation: str) -> Sequence[str]:
        """Ids of the organisation's teams, sorted."""
        return sorted(team for owner, team in self._teams if owner == organisation)

    def members(self, organisation: str, team_id: str) -> Sequence[str]:
        """Ids of a team's people, sorted."""
        return self._teams.get((organisation, team_id), ())
