"""What an organisation has bought and what it asks for: contracts with seats, mandatory training."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text

from tasks.store.tables.schema import Moment, metadata, of_organisation, refers_to

#: A right to take a course. ``skill_id`` is what the course teaches, empty where no catalogue
#: has it. ``seats_used`` is the vendor's count: it may include people who are not known here.
contracts = Table(
    "contracts",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("course", Text, nullable=False),
    Column("skill_id", Text),
    Column("seats", Integer, nullable=False),
    Column("seats_used", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    CheckConstraint("seats_used >= 0 AND seats_used <= seats", name="seats_used"),
)

#: Who is known to hold a seat.
seats = Table(
    "seats",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("contract_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("assigned_at", Moment, nullable=False),
    refers_to("contracts", "organisation_id", "contract_id"),
    refers_to("users", "organisation_id", "user_id"),
)
Index(None, seats.c.organisation_id, seats.c.user_id)

#: Mandatory training: a course that everybody in the organisation has to complete by the end of
#: the day ``due_on``.
trainings = Table(
    "trainings",
    metadata,
    of_organisation(),
    Column("id", Text, primary_key=True),
    Column("course", Text, nullable=False),
    Column("skill_id", Text),
    Column("due_on", Date, nullable=False),
)

training_completions = Table(
    "training_completions",
    metadata,
    Column("organisation_id", Text, primary_key=True),
    Column("training_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("completed_at", Moment, nullable=False),
    refers_to("trainings", "organisation_id", "training_id"),
    refers_to("users", "organisation_id", "user_id"),
)
Index(None, training_completions.c.organisation_id, training_completions.c.user_id)
