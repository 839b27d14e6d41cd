"""When the source of entitlements said what of which organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT, MOMENT = sa.Text(), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "entitlement_states",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("etag", TEXT),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, MOMENT) for name in ("confirmed_at", "stated_as_of")),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("checked_at", "next_at")),
        *(sa.Column(name, TEXT) for name in ("error", "detail")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_entitlement_states")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_entitlement_states_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("entitlement_states")
