"""Models that jobs train: one table by organisation, one of what organisations have in common."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "trained_models",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "version", name=op.f("pk_trained_models")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_trained_models_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
    )
    _index("trained_models", "organisation_id", "kind", "trained_at")
    op.create_table(
        "shared_models",
        *_columns(),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_shared_models")),
    )
    _index("shared_models", "kind", "trained_at")


def downgrade() -> None:
    """Drop both; models are trained again."""
    op.drop_table("shared_models")
    op.drop_table("trained_models")


def _columns() -> list[SchemaItem]:
    return [
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
