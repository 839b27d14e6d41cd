"""Learning paths that people keep."""

from sqlalchemy import Column, Index, Integer, Table, Text

from tasks.store.tables.schema import Json, Moment, SortedText, metadata, of_organisation

#: ``id`` is the decision that the path was saved from; ``request`` and ``plan`` are what they are by
#: now. ``revision`` counts the versions. It does not point at ``users``: a path may be planned for a
#: person before any event of theirs.
learning_paths = Table(
    "learning_paths",
    metadata,
    of_organisation(),
    Column("id", SortedText, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("request", Json, nullable=False),
    Column("plan", Json, nullable=False),
    Column("done_weeks", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
)
# The id is in it, so that rows come out of the index in the order in which they are asked for.
Index(
    None,
    learning_paths.c.organisation_id,
    learning_paths.c.user_id,
    learning_paths.c.created_at,
    learning_paths.c.id,
)
Index(None, learning_paths.c.organisation_id, learning_paths.c.updated_at)
