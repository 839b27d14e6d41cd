"""What the index of vectors holds of the memory bank."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT, FLOAT, MOMENT = sa.Text(), sa.Float(), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "memory_indexes",
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("unrelated", FLOAT, nullable=False),
        sa.Column("related", FLOAT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("filled", sa.Boolean(), nullable=False),
        sa.Column("compared_at", MOMENT, nullable=False),
        sa.Column("go_on_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_memory_indexes")),
    )
    op.create_table(
        "memory_vectors",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("collection", "state", "claim")),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "number", "collection", name=op.f("pk_memory_vectors")),
    )
    op.create_index(op.f("ix_memory_vectors_collection_number"), "memory_vectors", ["collection", "number"])


def downgrade() -> None:
    """Drop both; what is in the index stays there."""
    op.drop_table("memory_vectors")
    op.drop_table("memory_indexes")
