"""Decisions say what was shown, outcomes what was said of the item, people how the log calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT, FLOAT = sa.Text(), sa.Float()
ADDED: tuple[tuple[str, str, sa.Text | sa.Float[float]], ...] = (
    *(("decisions", "shown", TEXT), ("decisions", "skills", TEXT), ("decisions", "total_ms", FLOAT)),
    *(("outcomes", "flow", TEXT), ("outcomes", "score", FLOAT), ("outcomes", "confidence", FLOAT)),
    ("users", "pseudonym", TEXT),
)
PSEUDONYMS = "ix_users_organisation_id_pseudonym"


def upgrade() -> None:
    """Add the columns, empty in the rows that are there, and an index to find people by."""
    for table, name, kind in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index(op.f(PSEUDONYMS), "users", ["organisation_id", "pseudonym"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f(PSEUDONYMS), "users")
    for table, name, _ in ADDED:
        with op.batch_alter_table(table) as changed:
            changed.drop_column(name)
