"""How language models did on tasks, for the choice among them. No row names a person."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

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

#: What calls of a model took on its own server, by purpose and by group of prompt sizes (its upper
#: bound in tokens): means over the newest calls. Like ``shared_models`` it belongs to no organisation,
#: since the server does not.
model_timings = Table(
    "model_timings",
    metadata,
    Column("model", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("calls", Integer, nullable=False),
    Column("prompt_tokens", Float, nullable=False),
    Column("total_ms", Float, nullable=False),
    Column("total_ms_squared", Float, nullable=False),
    Column("load_ms", Float),
    Column("prompt_ms", Float),
    Column("eval_ms", Float),
    Column("at", Moment, nullable=False),
)
