"""The memory bank: one row per memory (flows/memory/model.py says what the columns mean)."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, UniqueConstraint

from tasks.store.tables.schema import Json, Moment, SortedText, metadata, refers_to

#: What the search index of each database is called, and what all that belongs to it begins with:
#: a table of SQLite's FTS5 with its triggers, an index of PostgreSQL. Only migrations know more.
SEARCH_INDEX = "memories_index"

#: ``terms`` are the words that it is found by, with a space between them (flows/memory/words.py).
#: ``number`` is made from organisation and id: the full-text index of SQLite knows rows by number.
memories = Table(
    "memories",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("id", SortedText, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("skill_id", Text),
    Column("error", Text, nullable=False),
    Column("tags", Json, nullable=False),
    Column("success", Boolean),
    Column("session_id", Text),
    Column("events", Json, nullable=False),
    Column("terms", Text, nullable=False),
    UniqueConstraint("number"),
    refers_to("users", "organisation_id", "user_id"),
)
# Holds what says who may see a memory, so that hits of a search are judged without reading them.
Index(
    None,
    *(memories.c.number, memories.c.organisation_id, memories.c.user_id),
    *(memories.c.visibility, memories.c.kind, memories.c.at),
)
Index(None, memories.c.organisation_id, memories.c.at, memories.c.id)
Index(None, memories.c.organisation_id, memories.c.user_id, memories.c.at, memories.c.id)
