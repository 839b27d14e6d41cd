"""Files that say what organisations have: JSON, or CSV with a line per contract, seat and training.

A file with anything wrong in it is refused as a whole, with the line and the field: half of an
organisation's contracts is not what it has.
"""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.entitlements.source import (
    Organisations,
    SourcedEntitlements,
    identifier,
    sourced_from_json,
)
from flows.json_lines import line_at, lines_of
from flows.json_object import JsonObject

COLUMNS = (
    *("organisation", "kind", "id", "course", "skill", "seats", "seatsUsed"),
    *("expiresAt", "dueOn", "userId"),
)
ORGANISATION, CONTRACT, SEAT, TRAINING = "organisation", "contract", "seat", "training"
NUMBERS = ("seats", "seatsUsed")

#: Where a row of a CSV file ends up: in the contracts or trainings of its organisation.
LISTS = {CONTRACT: "contracts", TRAINING: "trainings"}


def read_json(text: str) -> Organisations:
    """``{"organisations": [...]}``; raises InvalidInput with the line."""
    try:
        document = JsonObject.of(json.loads(text))
    except json.JSONDecodeError as error:
        raise InvalidInput(f"line {error.lineno}: is no JSON: {error.msg}") from None
    except RecursionError:
        raise InvalidInput("line 1: is nested too deep") from None
    try:
        return _by_id(document.objects("organisations"))
    except InvalidInput as error:
        path = tuple(int(part) if part.isdecimal() else part for part in error.field.split("/"))
        line = line_at(lines_of(text), path)
        raise InvalidInput(f"line {line}: {error.field} {error}", field=error.field) from None


def read_csv(text: str) -> Organisations:
    """Rows with the columns of ``COLUMNS``, in any order; raises InvalidInput with the line."""
    table = _Table()
    for line, row in _rows(text):
        try:
            table.take_in(JsonObject(row), line)
        except InvalidInput as error:
            raise InvalidInput(f"line {line}: {error.field} {error}", field=error.field) from None
    try:
        return _by_id([JsonObject(document, name) for name, document in table.documents.items()])
    except InvalidInput as error:
        place, _, field = error.field.rpartition("/")
        raise InvalidInput(f"line {table.lines.get(place, 1)}: {field} {error}", field=field) from None


def _by_id(said: list[JsonObject]) -> Organisations:
    found: dict[str, SourcedEntitlements] = {}
    for one in said:
        read = sourced_from_json(one)
        if read.organisation in found:
            raise one.wrong("organisation", "is there twice")
        found[read.organisation] = read
    return found


def _rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with its line; an empty cell counts as left out."""
    reader = csv.DictReader(StringIO(text, newline=""), strict=True, restkey="")
    try:
        _check_header(reader.fieldnames or ())
        for row in reader:
            if "" in row:
                raise InvalidInput(f"line {reader.line_num}: has more cells than the first line")
            yield reader.line_num, {name: cell for name, cell in row.items() if cell}
    except csv.Error as error:
        raise InvalidInput(f"line {reader.reader.line_num}: is no CSV: {error}") from None


def _check_header(names: Any) -> None:
    unknown = sorted(set(names) - set(COLUMNS))
    missing = [name for name in COLUMNS[:3] if name not in names]
    if unknown or missing or len(set(names)) < len(names):
        raise InvalidInput(f"line 1: the columns must be of {', '.join(COLUMNS)}, each once")


class _Table:
    """Rows on their way to documents of organisations, which are read when they are whole."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.lines: dict[str, int] = {}  #: Where a contract or a training stands, by its path.
        self._holders: dict[tuple[str, str], list[str]] = {}

    def take_in(self, row: JsonObject, line: int) -> None:
        """Add a row; raises InvalidInput."""
        name, kind = identifier(row, "organisation"), row.values.get("kind")
        document = self.documents.setdefault(name, {"organisation": name, "contracts": [], "trainings": []})
        if kind == SEAT:
            self._take_seat(name, row)
        elif kind in LISTS:
            entries, entry = document[LISTS[kind]], _entry(row)
            self.lines[f"{name}/{LISTS[kind]}/{len(entries)}"] = line
            entries.append(entry)
            if kind == CONTRACT:
                self._holders[name, identifier(row, "id")] = entry["seatHolders"]
        elif kind != ORGANISATION:
            raise row.wrong("kind", f"must be one of {ORGANISATION}, {CONTRACT}, {SEAT}, {TRAINING}")

    def _take_seat(self, name: str, row: JsonObject) -> None:
        holders = self._holders.get((name, identifier(row, "id")))
        if holders is None:
            raise row.wrong("id", "is no contract of the organisation in a line before")
        holders.append(identifier(row, "userId"))


def _entry(row: JsonObject) -> dict[str, Any]:
    entry = {**row.values, "seatHolders": []}
    for name in NUMBERS:
        if name in entry:
            entry[name] = _whole(row, name)
    return entry


def _whole(row: JsonObject, name: str) -> int:
    text = row.text(name).strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise row.wrong(name, "must be a whole number, 0 or more")
    return int(text)
