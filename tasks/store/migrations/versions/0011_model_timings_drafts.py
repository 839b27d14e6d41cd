"""What calls of a language model take on its server, and what it drafted."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT, FLOAT, MOMENT = sa.Text(), sa.Float(), sa.DateTime(timezone=True)
SORTED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BY_STATE = ["organisation_id", "state", "skill"]


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "model_timings",
        sa.Column("model", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        *(
            sa.Column(name, FLOAT, nullable=False)
            for name in ("prompt_tokens", "total_ms", "total_ms_squared")
        ),
        *(sa.Column(name, FLOAT) for name in ("load_ms", "prompt_ms", "eval_ms")),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("model", "purpose", "size", name=op.f("pk_model_timings")),
    )
    op.create_table(
        "drafts",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", SORTED_TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "skill", "content", "model", "state")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("reviewed_at", MOMENT),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_drafts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_drafts_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_drafts_organisation_id_state_skill"), "drafts", BY_STATE)


def downgrade() -> None:
    """Drop both."""
    op.drop_table("drafts")
    op.drop_table("model_timings")
