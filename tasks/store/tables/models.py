"""How language models did on tasks, for the choice among them. No row names a person."""

from sqlalchemy import Column, Float, Index, Table, Text

from tasks.store.tables.schema import Moment, metadata, of_organisation

#: One use of one model. ``quality`` is 0 to 1 and empty where nobody judged the answer;
#: ``cost_usd`` is empty for a model that runs on own machines.
model_observations = Table(
    "model_observations",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("language", Text),
    Column("complexity", Text),
    Column("quality", Float),
    Column("latency_ms", Float, nullable=False),
    Column("cost_usd", Float),
    Column("at", Moment, nullable=False),
)
Index(None, model_observations.c.organisation_id, model_observations.c.task, model_observations.c.model)
Index(None, model_observations.c.organisation_id, model_observations.c.at)
