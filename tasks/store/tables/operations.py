"""How the service is run for an organisation: keys, flags, experiments and batches."""

from sqlalchemy import Boolean, CheckConstraint, Column, Float, Index, Integer, Table, Text, UniqueConstraint

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

#: One flow for many people. ``request`` is what their requests have in common.
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
)
Index(None, batches.c.organisation_id, batches.c.created_at)

#: The members of a batch, each with the job that answers for them once it was accepted.
batch_members = Table(
    "batch_members",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("batch_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Text, nullable=False),
    Column("job_id", Text),
    Column("state", Text, nullable=False),
    refers_to("batches", "organisation_id", "batch_id"),
)
Index(None, batch_members.c.organisation_id, batch_members.c.user_id)
