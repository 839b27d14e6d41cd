"""What a source said replaces what an organisation had in the durable store."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, delete, select

from flows.intelligence.entitlements.model import Contract, Training
from flows.intelligence.entitlements.source import SourcedEntitlements
from tasks.store.database import answering, insert_or_keep, insert_or_replace, reading
from tasks.store.entitlements import StoredEntitlements
from tasks.store.tables import contracts, seats, trainings, users

Row = dict[str, Any]


def replace_entitlements(connection: Connection, said: SourcedEntitlements, now: datetime) -> None:
    """Make contracts, seats and trainings those that were said, inside the caller's transaction.

    What stays is kept as it is beside what was said of it: since when a seat is held, and who has
    completed a training. People whom nobody has seen before come into being.
    """
    owner = {"organisation_id": said.organisation}
    _keep_only(connection, contracts, said.organisation, {contract.id for contract in said.contracts})
    _keep_only(connection, trainings, said.organisation, {training.id for training in said.trainings})
    _put(connection, contracts, [owner | _contract_row(contract) for contract in said.contracts])
    _put(connection, trainings, [owner | _training_row(training) for training in said.trainings])
    _put_seats(connection, said, now)


def _contract_row(contract: Contract) -> Row:
    return {
        "id": contract.id,
        "course": contract.course,
        "skill_id": contract.skill,
        "seats": contract.seats,
        "seats_used": contract.seats_used,
        "expires_at": contract.expires_at,
    }


def _training_row(training: Training) -> Row:
    return {
        "id": training.id,
        "course": training.course,
        "skill_id": training.skill,
        "due_on": training.due_on,
    }


def _keep_only(connection: Connection, table: Table, organisation: str, ids: set[str]) -> None:
    there = select(table.c.id).where(table.c.organisation_id == organisation)
    gone = sorted(set(connection.execute(there).scalars()) - ids)
    statement = delete(table).where(table.c.organisation_id == organisation, table.c.id == bindparam("gone"))
    if gone:
        connection.execute(statement, [{"gone": id_} for id_ in gone])


def _put(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    in_order = sorted(rows, key=lambda row: str(row["id"]))
    if in_order:
        connection.execute(insert_or_replace(connection, table), in_order)


def _put_seats(connection: Connection, said: SourcedEntitlements, now: datetime) -> None:
    c = seats.c
    there = select(c.contract_id, c.user_id).where(c.organisation_id == said.organisation)
    before = {(contract_id, user_id) for contract_id, user_id in connection.execute(there)}
    one_seat = (c.contract_id == bindparam("contract"), c.user_id == bindparam("holder"))
    statement = delete(seats).where(c.organisation_id == said.organisation, *one_seat)
    gone = [
        {"contract": contract_id, "holder": holder} for contract_id, holder in sorted(before - said.seats)
    ]
    if gone:
        connection.execute(statement, gone)
    owner = {"organisation_id": said.organisation}
    if people := sorted({user_id for _, user_id in said.seats}):
        connection.execute(insert_or_keep(connection, users), [owner | {"id": id_} for id_ in people])
    new = [
        owner | {"contract_id": contract_id, "user_id": holder, "assigned_at": now}
        for contract_id, holder in sorted(said.seats - before)
    ]
    if new:
        connection.execute(insert_or_keep(connection, seats), new)


class StoredSource:
    """What the durable store has, said as a source says it: for other installations to read."""

    def __init__(self, engine: Engine) -> None:
        self._reads, self._licences = reading(engine), StoredEntitlements(engine)

    def whole(self, organisation: str) -> SourcedEntitlements | None:
        """Everything an organisation has; None for one that has nothing. Raises PortUnavailable."""
        held = select(seats.c.contract_id, seats.c.user_id).where(seats.c.organisation_id == organisation)
        licences = self._licences.licences(organisation)
        with answering(), self._reads.connect() as connection:
            holders = frozenset((row[0], row[1]) for row in connection.execute(held))
        if not (licences.contracts or licences.trainings):
            return None
        ids = {contract.id for contract in licences.contracts}
        return SourcedEntitlements(
            organisation=organisation,
            contracts=licences.contracts,
            seats=frozenset(seat for seat in holders if seat[0] in ids),
            trainings=licences.trainings,
        )
