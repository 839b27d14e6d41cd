"""The results of a batch as text, piece by piece: a batch of ten thousand is never in memory."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any

from tasks.batches.model import Batch, Member
from tasks.batches.view import batch_view, result_text
from tasks.store.base import State
from tasks.store.batches import StoredBatches

PAGE = 100  #: Members in memory at once, with their results.

COLUMNS = ("user", "state", "week", "focus", "skills", "hours", "confidence", "reason")

#: What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Pages = Iterator[Sequence[Member]]


def pages(batches: StoredBatches, batch: Batch, state: State | None = None) -> Pages:
    """The members with their results, page by page; of one state, or all. Raises PortUnavailable."""
    after = -1
    while True:
        page = batches.members(
            batch.organisation, batch.id, limit=PAGE, after=after, state=state, results=True
        )
        if page:
            yield page
            after = page[-1].position
        if len(page) < PAGE:
            return


def as_json(batch: Batch, members: Pages, now: datetime) -> Iterator[str]:
    """One object: the batch, and its members in ``results``."""
    yield f'{{"batch":{json.dumps(batch_view(batch, now))},"results":['
    separator = ""
    for page in members:
        yield separator + ",".join(map(result_text, page))
        separator = ","
    yield "]}"


def as_ndjson(batch: Batch, members: Pages, now: datetime) -> Iterator[str]:
    """One member a line."""
    for page in members:
        yield "".join(result_text(member) + "\n" for member in page)


def as_csv(batch: Batch, members: Pages, now: datetime) -> Iterator[str]:
    """One line for each week of each member; one for a member without weeks, with what is wrong if anything.

    As RFC 4180 has it, with a byte order mark: without one spreadsheets take UTF-8 for something else.
    """
    yield "\ufeff" + _lines([COLUMNS])
    for page in members:
        yield _lines([row for member in page for row in _rows(member)])


Format = Callable[[Batch, Pages, datetime], Iterator[str]]

#: By name: how the results are written, and what that is called on the wire.
FORMATS: Mapping[str, tuple[Format, str]] = {
    "json": (as_json, "application/json"),
    "ndjson": (as_ndjson, "application/x-ndjson"),
    "csv": (as_csv, "text/csv"),
}


def _rows(member: Member) -> list[tuple[Any, ...]]:
    weeks = json.loads(member.result)["path"] if member.result else ()
    head = (member.user_id, member.state.value)
    if not weeks:
        reason = (member.problem or {}).get("detail", "nothing to plan" if member.result else "")
        return [(*head, "", "", "", "", "", reason)]
    return [
        (*head, week["week"], week["focus"], _skills(week), week["hours"], week["confidence"], week["reason"])
        for week in weeks
    ]


def _skills(week: Mapping[str, Any]) -> str:
    """What is learned, then what is practised again."""
    return "; ".join([skill["title"] for skill in (*week["skills"], *week["reviews"])])


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([[_harmless(value) for value in row] for row in rows])
    return text.getvalue()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, as a text that it shows."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
