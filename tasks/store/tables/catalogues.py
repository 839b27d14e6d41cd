"""Catalogues that organisations brought."""

from sqlalchemy import Column, Table, Text

from tasks.store.tables.schema import Moment, metadata, of_organisation

#: ``document`` is canonical JSON in the import format. It is text, since it is only ever read
#: whole and text keeps it byte for byte.
catalogues = Table(
    "catalogues",
    metadata,
    of_organisation(),
    Column("name", Text, primary_key=True),
    Column("revision", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("imported_at", Moment, nullable=False),
)
