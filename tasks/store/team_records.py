"""Teams and what their members master, in the durable store."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, Select, and_, bindparam, func, select

from flows.intelligence.entitlements.model import Training
from flows.intelligence.mastery import Mastery
from flows.ports import TeamSnapshot, TrainingState
from tasks.store.database import answering, reading
from tasks.store.tables import mastery, team_members, teams, training_completions, trainings, users

MEMBERS_READ = 500  #: Of a larger group that many are read, so that an answer stays one of milliseconds.

_ORGANISATION: BindParameter[str] = bindparam("organisation")
_TEAM: BindParameter[str] = bindparam("team")

_EVERYBODY = select(users.c.id.label("id")).where(users.c.organisation_id == _ORGANISATION)
_TEAM_ONLY = select(team_members.c.user_id.label("id")).where(
    team_members.c.organisation_id == _ORGANISATION, team_members.c.team_id == _TEAM
)
_TEAMS = select(teams.c.id).where(teams.c.organisation_id == _ORGANISATION)


def _mastery_of(members: Select[Any]) -> Select[Any]:
    """Mastery of the first members by id, one row per person and skill."""
    read = members.order_by(members.selected_columns.id).limit(MEMBERS_READ).subquery()
    return (
        select(mastery.c.user_id, mastery.c.skill_id, mastery.c.level, mastery.c.observations)
        .join(read, mastery.c.user_id == read.c.id)
        .where(mastery.c.organisation_id == _ORGANISATION)
    )


def _trainings_of(members: Select[Any]) -> Select[Any]:
    """Each mandatory training with the number of members who have completed it."""
    done = training_completions
    of_training = and_(
        done.c.organisation_id == trainings.c.organisation_id,
        done.c.training_id == trainings.c.id,
        done.c.user_id.in_(members),
    )
    columns = (trainings.c.id, trainings.c.course, trainings.c.skill_id, trainings.c.due_on)
    return (
        select(*columns, func.count(done.c.user_id))
        .select_from(trainings.outerjoin(done, of_training))
        .where(trainings.c.organisation_id == _ORGANISATION)
        .group_by(*columns)
        .order_by(trainings.c.due_on, trainings.c.id)
    )


def _statements(members: Select[Any]) -> tuple[Select[Any], Select[Any], Select[Any]]:
    size = select(func.count()).select_from(members.subquery())
    return size, _mastery_of(members), _trainings_of(members)


_OF_ORGANISATION, _OF_TEAM = _statements(_EVERYBODY), _statements(_TEAM_ONLY)


class StoredTeams:
    """TeamRecords on the durable store; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._reads = reading(engine)

    def of(self, organisation: str, team_id: str | None) -> TeamSnapshot:
        """The members of a team, or of the whole organisation. Raises PortUnavailable."""
        size, levels, states = _OF_ORGANISATION if team_id is None else _OF_TEAM
        which = {"organisation": organisation} | ({} if team_id is None else {"team": team_id})
        with answering(), self._reads.connect() as connection:
            return TeamSnapshot(
                size=connection.execute(size, which).scalar_one(),
                members=_members(connection, levels, which),
                trainings=tuple(
                    TrainingState(Training(id=id_, course=course, skill=skill, due_on=due_on), completed)
                    for id_, course, skill, due_on, completed in connection.execute(states, which)
                ),
            )

    def teams(self, organisation: str) -> Sequence[str]:
        """Ids of the organisation's teams, sorted. Raises PortUnavailable."""
        with answering(), self._reads.connect() as connection:
            return sorted(connection.execute(_TEAMS, {"organisation": organisation}).scalars())

    def members(self, organisation: str, team_id: str) -> Sequence[str]:
        """Ids of a team's people, sorted. Raises PortUnavailable."""
        which = {"organisation": organisation, "team": team_id}
        with answering(), self._reads.connect() as connection:
            return sorted(connection.execute(_TEAM_ONLY, which).scalars())


def _members(
    connection: Connection, levels: Select[Any], which: dict[str, str]
) -> tuple[dict[str, Mastery], ...]:
    people: dict[str, dict[str, Mastery]] = defaultdict(dict)
    for user_id, skill_id, level, observations in connection.execute(levels, which):
        people[user_id][skill_id] = Mastery(level, observations)
    return tuple(people[user_id] for user_id in sorted(people))
