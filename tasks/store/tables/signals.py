"""What people did: one row per event (flows/signals/events.py says what the columns mean)."""

from sqlalchemy import Boolean, Column, Index, Table, Text

from tasks.store.tables.schema import Json, Moment, SortedText, metadata, refers_to

events = Table(
    "events",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("id", SortedText, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("session_id", Text),
    Column("skill_id", Text),
    Column("item", Text),
    Column("success", Boolean),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
    refers_to("users", "organisation_id", "user_id"),
)
# The id is in both, so that rows come out of the index in the order in which they are asked for.
Index(None, events.c.organisation_id, events.c.user_id, events.c.at, events.c.id)
Index(None, events.c.organisation_id, events.c.at, events.c.id)
Index(None, events.c.organisation_id, events.c.session_id, events.c.at, events.c.id)
