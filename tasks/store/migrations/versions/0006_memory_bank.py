"""The memory bank with its search index, and how far people may look into each other's memories."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text()
SORTED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

INDEXED = (
    ["number", "organisation_id", "user_id", "visibility", "kind", "at"],
    ["organisation_id", "at", "id"],
    ["organisation_id", "user_id", "at", "id"],
)

#: The index keeps no texts of its own; triggers keep it in step with the table, whoever changes that.
SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE memories_index USING fts5"
    " (terms, content='memories', content_rowid='number', tokenize='ascii')",
    "CREATE TRIGGER memories_index_insert AFTER INSERT ON memories BEGIN"
    " INSERT INTO memories_index (rowid, terms) VALUES (new.number, new.terms); END",
    "CREATE TRIGGER memories_index_delete AFTER DELETE ON memories BEGIN"
    " INSERT INTO memories_index (memories_index, rowid, terms)"
    " VALUES ('delete', old.number, old.terms); END",
    "CREATE TRIGGER memories_index_update AFTER UPDATE OF number, terms ON memories BEGIN"
    " INSERT INTO memories_index (memories_index, rowid, terms) VALUES ('delete', old.number, old.terms);"
    " INSERT INTO memories_index (rowid, terms) VALUES (new.number, new.terms); END",
)

#: Without fastupdate, which would leave new rows in a list that every search reads from end to end.
POSTGRESQL_INDEX = (
    "CREATE INDEX memories_index ON memories USING gin (string_to_array(terms, ' ')) WITH (fastupdate = off)",
)


def upgrade() -> None:
    """Create table and index; every organisation shares its memories until it says otherwise."""
    policy = sa.Column("memory_policy", TEXT, nullable=False, server_default="organisation")
    op.add_column("organisations", policy)
    _create_memories()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_INDEX if sqlite else POSTGRESQL_INDEX:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop them; triggers and a PostgreSQL index go with the table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text("DROP TABLE memories_index"))
    op.drop_table("memories")
    with op.batch_alter_table("organisations") as organisations:
        organisations.drop_column("memory_policy")


def _create_memories() -> None:
    op.create_table(
        "memories",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", SORTED_TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("visibility", TEXT, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("skill_id", TEXT, nullable=True),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("success", sa.Boolean(), nullable=True),
        sa.Column("session_id", TEXT, nullable=True),
        sa.Column("events", TEXT, nullable=False),
        sa.Column("terms", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_memories")),
        sa.UniqueConstraint("number", name=op.f("uq_memories_number")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name=op.f("fk_memories_organisation_id_user_id_users"),
            ondelete="CASCADE",
        ),
    )
    for names in INDEXED:
        op.create_index(op.f(f"ix_memories_{'_'.join(names)}"), "memories", names)
