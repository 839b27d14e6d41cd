"""Runs migrations on the connection that the caller opened; reads no file and no environment.

The caller also owns the transaction (see :func:`tasks.store.database.upgrade`).
"""

from alembic import context

from tasks.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite alters a table by copying it.
)
with context.begin_transaction():
    context.run_migrations()
