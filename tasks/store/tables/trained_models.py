"""Models that jobs train and stages are served from."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from tasks.store.tables.schema import Json, Moment, metadata, of_organisation


def _columns() -> list[Column[object]]:
    return [
        Column("kind", Text, primary_key=True),
        Column("version", Text, primary_key=True),
        Column("trained_at", Moment, nullable=False),
        Column("measures", Json, nullable=False),
        Column("document", LargeBinary, nullable=False),
    ]


#: ``version`` is a digest of the document, which is JSON compressed by zlib. ``measures`` says what
#: a model was trained on and how good it was where that was held out. No model names a person.
trained_models = Table("trained_models", metadata, of_organisation(), *_columns())
Index(None, trained_models.c.organisation_id, trained_models.c.kind, trained_models.c.trained_at)

#: What is true of enough organisations, each of which has it from enough people. The only table
#: without an organisation: a row belongs to none, and any may be answered from it.
shared_models = Table("shared_models", metadata, *_columns())
Index(None, shared_models.c.kind, shared_models.c.trained_at)
