"""Teams, training, events, decisions and what the service is run with; mastery remembers more."""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT, MOMENT = sa.Text(), sa.DateTime(timezone=True)
SORTED_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

#: In the order in which they can be dropped.
TABLES = (
    *("batch_members", "batches", "experiments", "flags", "api_keys", "model_observations"),
    *("outcomes", "decisions", "events", "training_completions", "trainings", "seats", "contracts"),
    *("team_members", "teams"),
)


def upgrade() -> None:
    """Create the tables, and extend those that are there."""
    _extend_organisations()
    _extend_mastery()
    _create_teams()
    _create_contracts()
    _create_trainings()
    _create_events()
    _create_decisions()
    _create_model_observations()
    _create_switches()
    _create_batches()


def downgrade() -> None:
    """Drop them, and what was added to the others."""
    for table in TABLES:
        op.drop_table(table)
    with op.batch_alter_table("mastery") as mastery:
        mastery.drop_column("state")
        mastery.drop_column("last_seen_at")
    with op.batch_alter_table("organisations") as organisations:
        organisations.drop_column("pseudonym_key")


def _extend_organisations() -> None:
    """Every organisation gets a key of its own before the column has to have one."""
    op.add_column("organisations", sa.Column("pseudonym_key", TEXT, nullable=True))
    table = sa.table("organisations", sa.column("id"), sa.column("pseudonym_key"))
    connection = op.get_bind()
    for (organisation,) in connection.execute(sa.select(table.c.id)).all():
        change = sa.update(table).where(table.c.id == organisation).values(pseudonym_key=token_hex(32))
        connection.execute(change)
    with op.batch_alter_table("organisations") as organisations:
        organisations.alter_column("pseudonym_key", existing_type=TEXT, nullable=False)


def _extend_mastery() -> None:
    op.add_column("mastery", sa.Column("last_seen_at", MOMENT, nullable=True))
    op.add_column("mastery", sa.Column("state", TEXT, nullable=True))


def _create_teams() -> None:
    _create("teams", ["id"], _needed("id", "name"))
    _create("team_members", ["team_id", "user_id"], _needed("team_id", "user_id"), ["teams", "users"])
    _index("team_members", "user_id")


def _create_contracts() -> None:
    _create(
        "contracts",
        ["id"],
        [
            *_needed("id", "course"),
            *_optional("skill_id"),
            sa.Column("seats", sa.Integer(), nullable=False),
            sa.Column("seats_used", sa.Integer(), nullable=False),
            *_moments("expires_at"),
            _check("contracts", "seats_used", "seats_used >= 0 AND seats_used <= seats"),
        ],
    )
    columns = [*_needed("contract_id", "user_id"), *_moments("assigned_at")]
    _create("seats", ["contract_id", "user_id"], columns, ["contracts", "users"])
    _index("seats", "user_id")


def _create_trainings() -> None:
    due_on = sa.Column("due_on", sa.Date(), nullable=False)
    _create("trainings", ["id"], [*_needed("id", "course"), *_optional("skill_id"), due_on])
    columns = [*_needed("training_id", "user_id"), *_moments("completed_at")]
    _create("training_completions", ["training_id", "user_id"], columns, ["trainings", "users"])
    _index("training_completions", "user_id")


def _create_events() -> None:
    columns = [
        sa.Column("id", SORTED_TEXT, nullable=False),
        *_needed("user_id", "kind"),
        *_moments("at"),
        *_optional("session_id", "skill_id", "item"),
        sa.Column("success", sa.Boolean(), nullable=True),
        *_needed("text", "data"),
    ]
    _create("events", ["id"], columns, ["users"])
    _index("events", "user_id", "at", "id")
    _index("events", "at", "id")


def _create_decisions() -> None:
    columns = [
        *_needed("id"),
        *_moments("at"),
        *_optional("user_pseudonym"),
        *_needed("flow", "flow_version"),
        *_optional("variant"),
        *_needed("features", "candidates", "filters", "final_order", "propensities"),
        *_optional("llm_outcome"),
        *_needed("latency_ms", "degraded"),
    ]
    _create("decisions", ["id"], columns)
    _index("decisions", "at")
    _index("decisions", "user_pseudonym", "at")
    columns = [
        *_needed("id", "decision_id", "item_id"),
        *_optional("user_pseudonym"),
        *_needed("outcome"),
        sa.Column("rating", sa.Integer(), nullable=True),
        *_optional("comment"),
        *_moments("at"),
    ]
    _create("outcomes", ["id"], columns)
    for indexed in ("decision_id", "user_pseudonym", "at"):
        _index("outcomes", indexed)


def _create_model_observations() -> None:
    columns = [
        *_needed("id", "model", "task"),
        *_optional("language", "complexity"),
        sa.Column("quality", sa.Float(), nullable=True),
        sa.Column("latency_ms", sa.Float(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        *_moments("at"),
    ]
    _create("model_observations", ["id"], columns)
    _index("model_observations", "task", "model")
    _index("model_observations", "at")


def _create_switches() -> None:
    columns = [
        *_needed("id", "name", "hash", "scopes"),
        *_moments("created_at"),
        *_moments("expires_at", "revoked_at", nullable=True),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
    ]
    _create("api_keys", ["id"], columns)
    columns = [
        *_needed("name"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        *_moments("updated_at"),
        _check("flags", "share", "share >= 0 AND share <= 1"),
    ]
    _create("flags", ["name"], columns)
    columns = [
        *_needed("name", "flow", "salt", "variants"),
        *_moments("started_at", "ended_at", nullable=True),
    ]
    _create("experiments", ["name"], columns)


def _create_batches() -> None:
    columns = [
        *_needed("id", "flow", "request", "state"),
        *_moments("created_at"),
        *_moments("finished_at", nullable=True),
    ]
    _create("batches", ["id"], columns)
    _index("batches", "created_at")
    position = sa.Column("position", sa.Integer(), nullable=False, autoincrement=False)
    members = [*_needed("batch_id"), position, *_needed("user_id"), *_optional("job_id"), *_needed("state")]
    _create("batch_members", ["batch_id", "position"], members, ["batches"])
    _index("batch_members", "user_id")


def _create(table: str, key: list[str], columns: list[SchemaItem], owners: list[str] | None = None) -> None:
    """A table of rows that go with their organisation, or with all the rows that own them."""
    keys = [_owned_by(table, owner) for owner in owners or []] or [_of_organisation(table)]
    primary_key = sa.PrimaryKeyConstraint("organisation_id", *key, name=op.f(f"pk_{table}"))
    op.create_table(table, *_needed("organisation_id"), *columns, primary_key, *keys)


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_organisation_id_organisations")
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=name, ondelete="CASCADE")


def _owned_by(table: str, owner: str) -> sa.ForeignKeyConstraint:
    """A reference by the column that is called after the owner: ``users`` by ``user_id``."""
    column = {"batches": "batch_id"}.get(owner, owner.removesuffix("s") + "_id")
    name = op.f(f"fk_{table}_organisation_id_{column}_{owner}")
    targets = [f"{owner}.organisation_id", f"{owner}.id"]
    return sa.ForeignKeyConstraint(["organisation_id", column], targets, name=name, ondelete="CASCADE")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _index(table: str, *columns: str) -> None:
    names = ["organisation_id", *columns]
    op.create_index(op.f(f"ix_{table}_{'_'.join(names)}"), table, names)


def _needed(*names: str) -> list[SchemaItem]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _optional(*names: str) -> list[SchemaItem]:
    return [sa.Column(name, TEXT, nullable=True) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[SchemaItem]:
    return [sa.Column(name, MOMENT, nullable=nullable) for name in names]
