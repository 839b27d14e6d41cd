"""Events are found by their session."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ix_events_organisation_id_session_id_at_id"


def upgrade() -> None:
    """Create the index."""
    op.create_index(op.f(NAME), "events", ["organisation_id", "session_id", "at", "id"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(op.f(NAME), "events")
