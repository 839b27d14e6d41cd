"""When the source of entitlements said what of which organisation."""

from sqlalchemy import Column, Integer, Table, Text

from tasks.store.tables.schema import Moment, metadata, of_organisation

#: ``source`` and ``etag`` belong together: an etag means something to the source that gave it only.
#: ``confirmed_at`` is the moment of which the source spoke last, empty when it never did;
#: ``stated_as_of`` is the same where the source named it itself. ``error`` and ``detail`` are about
#: the last try, empty when it went well. ``revision`` counts what was taken in.
entitlement_states = Table(
    "entitlement_states",
    metadata,
    of_organisation(),
    Column("source", Text, nullable=False),
    Column("etag", Text),
    Column("revision", Integer, nullable=False),
    Column("confirmed_at", Moment),
    Column("stated_as_of", Moment),
    Column("checked_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("error", Text),
    Column("detail", Text),
)
