"""How language models did, in the durable store."""

from collections.abc import Collection, Sequence

from sqlalchemy import Engine, bindparam, func, select

from flows.intelligence.routing.observations import MOST_USES, ModelObservation, ModelTally, check
from flows.intelligence.routing.timings import TimingTally
from tasks.store.database import answering, ensure_organisation, insert_or_keep, reading
from tasks.store.model_timings import StoredModelTimings
from tasks.store.tables import model_observations

_NEWEST = (
    select(model_observations)
    .where(model_observations.c.organisation_id == bindparam("organisation"))
    .order_by(model_observations.c.at.desc(), model_observations.c.id.desc())
    .limit(bindparam("most"))
    .subquery()
)
_ROW = _NEWEST.c
_GROUP = (_ROW.model, _ROW.task, _ROW.language, _ROW.complexity)
_TALLIES = select(
    *_GROUP,
    func.count().label("uses"),
    func.count(_ROW.quality).label("judged"),
    func.coalesce(func.avg(_ROW.quality), 0.0).label("quality"),
    func.avg(_ROW.latency_ms).label("latency_ms"),
    func.avg(_ROW.latency_ms * _ROW.latency_ms).label("latency_ms_squared"),
    func.avg(_ROW.cost_usd).label("cost_usd"),
).group_by(*_GROUP)


class StoredModelObservations:
    """ModelObservations on the durable store; one instance serves all threads.

    ``most`` bounds the time that a request takes, whatever an organisation has observed.
    """

    def __init__(self, engine: Engine, most: int = MOST_USES) -> None:
        self._engine, self._reads, self._most = engine, reading(engine), most
        self._timings = StoredModelTimings(engine)

    def tallies(self, organisation: str) -> Sequence[ModelTally]:
        """The newest uses by model, task, language and complexity, empty for who used none.

        Raises PortUnavailable.
        """
        values = {"organisation": organisation, "most": self._most}
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(_TALLIES, values).mappings().all()
        return [ModelTally(**row) for row in rows]

    def record(self, organisation: str, observation: ModelObservation) -> None:
        """Keep one use; an id that the organisation has is left out.

        An organisation that nobody has seen before comes into being with it. Raises InvalidInput
        with the field for what cannot be kept, and PortUnavailable.
        """
        check(observation)
        values = {name: getattr(observation, name) for name in ModelObservation.__slots__}
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(
                insert_or_keep(connection, model_observations), {"organisation_id": organisation} | values
            )

    def timings(self) -> Sequence[TimingTally]:
        """What one token took on own servers, by model and prompt size. Raises PortUnavailable."""
        return self._timings.tallies()

    def available(self) -> Collection[str] | None:
        """None: the store does not know which models a server has."""
        return None
