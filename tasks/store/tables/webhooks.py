"""Messages to callers' addresses: what is to be sent, with which secrets, and where not any more."""

from sqlalchemy import Column, Index, Integer, Table, Text

from tasks.store.tables.schema import Moment, SortedText, metadata, of_organisation

#: ``secret`` is as its organisation knows it: who signs needs it whole, so a digest will not do. Of
#: several in force the one with the highest number is the current one.
webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    of_organisation(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
)

#: ``id`` is the message's on the wire, and ``body`` what is sent, to the byte. ``attempts`` counts the
#: ones that were begun; who begins one holds the row until ``claimed_until``. ``user_id`` is the person
#: whom the message is about.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    of_organisation(),
    Column("id", SortedText, primary_key=True),
    Column("url", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("job_id", Text),
    Column("user_id", Text),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("claimed_until", Moment),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
)
Index(None, webhook_deliveries.c.state, webhook_deliveries.c.due_at)
# The id is in it, so that rows come out of the index in the order in which they are asked for.
Index(None, webhook_deliveries.c.organisation_id, webhook_deliveries.c.created_at, webhook_deliveries.c.id)
Index(None, webhook_deliveries.c.organisation_id, webhook_deliveries.c.job_id)
Index(None, webhook_deliveries.c.organisation_id, webhook_deliveries.c.user_id)

#: Addresses that answered 410: they want no messages of this organisation.
webhook_disabled = Table(
    "webhook_disabled",
    metadata,
    of_organisation(),
    Column("url", Text, primary_key=True),
    Column("disabled_at", Moment, nullable=False),
)
