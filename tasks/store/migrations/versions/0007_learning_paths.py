"""Learning paths that people keep."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT, MOMENT = sa.Text(), sa.DateTime(timezone=True)
SORTED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

BY_PERSON = ["organisation_id", "user_id", "created_at", "id"]
BY_AGE = ["organisation_id", "updated_at"]


def upgrade() -> None:
    """Create the table and its indexes."""
    op.create_table(
        "learning_paths",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", SORTED_TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("user_id", "goal", "request", "plan")),
        sa.Column("done_weeks", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_learning_paths")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_learning_paths_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
    )
    for columns in (BY_PERSON, BY_AGE):
        op.create_index(op.f(f"ix_learning_paths_{'_'.join(columns)}"), "learning_paths", columns)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("learning_paths")
