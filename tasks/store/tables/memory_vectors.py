"""What the index of vectors holds of the memory bank. The index itself is elsewhere, and can be made anew."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text

from tasks.store.tables.schema import Moment, metadata

#: One row per kind of vectors: ``unrelated`` and ``related`` are the marks of its model
#: (flows/memory/embeddings/level.py). ``filled``: it once had all memories, so questions may go to it. It
#: was compared with the rows at ``compared_at``; ``go_on_at`` is the number at which a comparison under way
#: goes on, else 0.
memory_indexes = Table(
    "memory_indexes",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("unrelated", Float, nullable=False),
    Column("related", Float, nullable=False),
    Column("at", Moment, nullable=False),
    Column("filled", Boolean, nullable=False),
    Column("compared_at", Moment, nullable=False),
    Column("go_on_at", BigInteger, nullable=False),
)

#: One row per point that is in a collection or may be. It refers to nothing: it outlives its memory, its
#: person and its organisation until the point is gone.
memory_vectors = Table(
    "memory_vectors",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("collection", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
Index(None, memory_vectors.c.collection, memory_vectors.c.number)
