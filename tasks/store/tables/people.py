"""Organisations, their people and teams, and what people master."""

from secrets import token_hex

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from tasks.store.tables.schema import Json, Moment, metadata, of_organisation, refers_to

PSEUDONYM_KEY_BYTES = 32

#: ``pseudonym_key`` is what pseudonyms of its people are made with (tasks/store/pseudonyms.py).
#: ``memory_policy`` is how far its people may look into each other's memories (flows/memory/model.py,
#: Scope): ``own``, ``team`` or ``organisation``.
organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("pseudonym_key", Text, nullable=False, default=lambda: token_hex(PSEUDONYM_KEY_BYTES)),
    Column("memory_policy", Text, nullable=False, server_default="organisation"),
)

#: ``name`` and ``level`` are empty for a person who was only ever seen through events;
#: ``pseudonym`` is what the log of decisions calls them, empty for who is not in it.
users = Table(
    "users",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("level", Text),
    Column("pseudonym", Text),
)
Index(None, users.c.organisation_id, users.c.pseudonym)

teams = Table(
    "teams",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("team_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    refers_to("teams", "organisation_id", "team_id"),
    refers_to("users", "organisation_id", "user_id"),
)
Index(None, team_members.c.organisation_id, team_members.c.user_id)

#: ``level`` and ``observations`` are what answers are made from. ``last_seen_at`` and ``state``
#: belong to the model that keeps them up to date, which alone knows what its state means; they
#: are empty where a level was stated and not computed.
mastery = Table(
    "mastery",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("skill_id", Text, primary_key=True),
    Column("level", Float, nullable=False),
    Column("observations", Integer, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("last_seen_at", Moment),
    Column("state", Json),
    refers_to("users", "organisation_id", "user_id"),
)
