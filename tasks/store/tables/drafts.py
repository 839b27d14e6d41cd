"""What a language model drafted, until and after somebody has looked at it."""

from sqlalchemy import Column, Index, Table, Text

from tasks.store.tables.schema import Json, Moment, SortedText, metadata, of_organisation

#: ``kind`` is ``prompt`` or ``question``, ``content`` what it consists of, ``model`` who wrote it.
#: ``state`` is ``waiting``, ``accepted`` or ``rejected``; only accepted ones are shown to anybody.
#: The id is a digest of kind, skill and words, so that a text that was rejected does not come back.
drafts = Table(
    "drafts",
    metadata,
    of_organisation(),
    Column("id", SortedText, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("skill", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("model", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("reviewed_at", Moment),
)
Index(None, drafts.c.organisation_id, drafts.c.state, drafts.c.skill)
