"""What the service answered and what came of it: the log that its own evaluation reads.

A row is written once and never changed. Neither table points at ``users`` or at the other: a
person may be answered before any event of theirs, and an outcome may arrive before its
decision is written or after it was swept.
"""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from tasks.store.tables.schema import Json, Moment, metadata, of_organisation

#: ``user_pseudonym`` is empty where the answer was about a team. ``candidates`` is the full set
#: ``[{id, source, score}]``, ``filters`` says what was taken out ``[{filter, id, reason}]``,
#: ``final_order`` lists the ids as they were shown, ``propensities`` the probability with which
#: each was shown at its place, ``latency_ms`` the time by part, ``degraded`` the reasons. ``shown``
#: has what was said of each item ``[{id, score, confidence, skills}]``, ``skills`` those of all of
#: them once, ``total_ms`` the time from the request to the end of its job; rows of older versions
#: have none of these three.
decisions = Table(
    "decisions",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("user_pseudonym", Text),
    Column("flow", Text, nullable=False),
    Column("flow_version", Text, nullable=False),
    Column("variant", Text),
    Column("features", Json, nullable=False),
    Column("candidates", Json, nullable=False),
    Column("filters", Json, nullable=False),
    Column("final_order", Json, nullable=False),
    Column("propensities", Json, nullable=False),
    Column("llm_outcome", Text),
    Column("latency_ms", Json, nullable=False),
    Column("degraded", Json, nullable=False),
    Column("shown", Json),
    Column("skills", Json),
    Column("total_ms", Float),
)
Index(None, decisions.c.organisation_id, decisions.c.at)
Index(None, decisions.c.organisation_id, decisions.c.user_pseudonym, decisions.c.at)

#: ``id`` is the sender's event id where one was given, so that the same feedback counts once.
#: ``flow``, ``score`` and ``confidence`` are the decision's own of the item: calibration reads this
#: table alone.
outcomes = Table(
    "outcomes",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("decision_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("user_pseudonym", Text),
    Column("outcome", Text, nullable=False),
    Column("rating", Integer),
    Column("comment", Text),
    Column("at", Moment, nullable=False),
    Column("flow", Text),
    Column("score", Float),
    Column("confidence", Float),
)
Index(None, outcomes.c.organisation_id, outcomes.c.decision_id)
Index(None, outcomes.c.organisation_id, outcomes.c.user_pseudonym)
Index(None, outcomes.c.organisation_id, outcomes.c.at)
