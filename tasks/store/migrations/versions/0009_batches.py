"""Batches know how far they are, and their members what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT, MOMENT = sa.Text(), sa.DateTime(timezone=True)

ADDED: tuple[tuple[str, sa.Column[object]], ...] = (
    ("batches", sa.Column("members", sa.Integer(), nullable=False, server_default="0")),
    ("batches", sa.Column("started_at", MOMENT)),
    ("batches", sa.Column("ended_before", sa.Integer(), nullable=False, server_default="0")),
    ("batches", sa.Column("fed_at", MOMENT)),
    ("batches", sa.Column("callback_url", TEXT)),
    ("batches", sa.Column("idempotency_key", TEXT)),
    ("batches", sa.Column("request_digest", TEXT)),
    ("batch_members", sa.Column("goal", TEXT)),
    ("batch_members", sa.Column("attempts", sa.Integer(), nullable=False, server_default="1")),
    ("batch_members", sa.Column("finished_at", MOMENT)),
    ("batch_members", sa.Column("problem", TEXT)),
    ("batch_members", sa.Column("result", sa.LargeBinary())),
)

INDEXES: tuple[tuple[str, list[str], bool], ...] = (
    ("batches", ["organisation_id", "idempotency_key"], True),
    ("batches", ["state", "fed_at"], False),
    ("batch_members", ["organisation_id", "batch_id", "state", "position"], False),
)


def upgrade() -> None:
    """Add the columns, and the indexes that a running batch is read by."""
    for table, column in ADDED:
        op.add_column(table, column)
    for table, columns, unique in INDEXES:
        op.create_index(_name(table, columns), table, columns, unique=unique)


def downgrade() -> None:
    """Drop them."""
    for table, columns, _ in INDEXES:
        op.drop_index(_name(table, columns), table)
    for table, column in ADDED:
        with op.batch_alter_table(table) as changed:
            changed.drop_column(column.name)


def _name(table: str, columns: list[str]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")
