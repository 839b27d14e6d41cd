"""Messages to callers' addresses, the secrets they are signed with, and addresses that want none."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT, MOMENT = sa.Text(), sa.DateTime(timezone=True)
SORTED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

INDEXES = (
    ["state", "due_at"],
    ["organisation_id", "created_at", "id"],
    ["organisation_id", "job_id"],
    ["organisation_id", "user_id"],
)


def upgrade() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        "webhook_secrets",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        *_keys("webhook_secrets", "number"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", SORTED_TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("url", "type")),
        *(sa.Column(name, TEXT) for name in ("job_id", "user_id")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("body", "state")),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("claimed_until", MOMENT),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", TEXT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        *_keys("webhook_deliveries", "id"),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_webhook_deliveries_{'_'.join(columns)}"), "webhook_deliveries", columns)
    op.create_table(
        "webhook_disabled",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=False),
        *_keys("webhook_disabled", "url"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("webhook_disabled", "webhook_deliveries", "webhook_secrets"):
        op.drop_table(table)


def _keys(table: str, second: str) -> tuple[sa.PrimaryKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.PrimaryKeyConstraint("organisation_id", second, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f(f"fk_{table}_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
    )
