"""How the service is run for an organisation: keys, flags, experiments and batches."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from tasks.store.tables.schema import Json, Moment, metadata, of_organisation, refers_to

#: ``hash`` is the SHA-256 of a key in hexadecimal; the key itself is nowhere. It is unique among
#: all organisations, since a request says with its key which one it belongs to.
api_keys = Table(
    "api_keys",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    UniqueConstraint("hash"),
)

#: ``share`` is the part of people, 0 to 1, for whom an enabled flag is on.
flags = Table(
    "flags",
    metadata,
    of_organisation(),
    Column("name", Text, primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("share", Float, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint("share >= 0 AND share <= 1", name="share"),
)

#: ``variants`` is ``{name: weight}``; ``salt`` makes who gets which one independent of other
#: experiments.
experiments = Table(
    "experiments",
    metadata,
    of_organisation(),
    Column("name", Text, primary_key=True),
    Column("flow", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("variants", Json, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
)

#: One flow for many people. ``request`` is what their requests have in common, and ``members`` how many
#: people were named at first. ``started_at`` is when the present run began, a retry being another run, and
#: ``ended_before`` how many members had ended by then. ``fed_at`` is when it last had its turn.
batches = Table(
    "batches",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("flow", Text, nullable=False),
    Column("request", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("members", Integer, nullable=False, server_default="0"),
    Column("started_at", Moment),
    Column("ended_before", Integer, nullable=False, server_default="0"),
    Column("fed_at", Moment),
    Column("callback_url", Text),
    Column("idempotency_key", Text),
    Column("request_digest", Text),
)
Index(None, batches.c.organisation_id, batches.c.created_at)
Index(None, batches.c.organisation_id, batches.c.idempotency_key, unique=True)
Index(None, batches.c.state, batches.c.fed_at)

#: The members of a batch, each with the job that answers for them: its id is known before it is
#: started. ``goal`` is their own, where they have one. ``result`` is the answer's JSON text, deflated.
batch_members = Table(
    "batch_members",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("batch_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Text, nullable=False),
    Column("job_id", Text),
    Column("state", Text, nullable=False),
    Column("goal", Text),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("finished_at", Moment),
    Column("problem", Json),
    Column("result", LargeBinary),
    refers_to("batches", "organisation_id", "batch_id"),
)
Index(None, batch_members.c.organisation_id, batch_members.c.user_id)
# What is asked of the members of one batch is asked by their state, and in their order.
Index(
    None,
    batch_members.c.organisation_id,
    batch_members.c.batch_id,
    batch_members.c.state,
    batch_members.c.position,
)
