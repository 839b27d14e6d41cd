"""The course log of an online academy in the two files of the MARS data set.

Hafsa et al., Harvard Dataverse doi:10.7910/DVN/BMY3UD: interactions (``user_id, item_id,
created_at, watch_percentage``) and items (``item_id, name, description, software, theme,
difficulty, duration_s``), both CSV with a header. Times are taken as UTC.
"""

import csv
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from flows.errors import InvalidInput
from flows.intelligence.recommender.interactions import Interaction, Item

NO_LEVEL = ("", "N/A")

Parsed = TypeVar("Parsed", Interaction, Item)
Record = dict[str, str]


def parse_interactions(lines: Iterable[str], source: str) -> list[Interaction]:
    """First views of items; raises InvalidInput that names ``source`` and the line.

    The share that was watched is not used: it is known of a quarter of the views, and weighing
    by it told later views no better.
    """
    return list(_parsed(lines, source, ("user_id", "item_id", "created_at"), _interaction))


def parse_items(lines: Iterable[str], source: str) -> list[Item]:
    """The catalogue in its own order; raises InvalidInput that names ``source`` and the line."""
    columns = ("item_id", "name", "description", "software", "theme", "difficulty")
    items = list(_parsed(lines, source, columns, _item))
    if len({item.id for item in items}) < len(items):
        raise InvalidInput(f"{source}: an item_id comes more than once")
    return items


def _parsed(
    lines: Iterable[str], source: str, columns: Iterable[str], parse: Callable[[Record], Parsed]
) -> Iterator[Parsed]:
    reader = csv.DictReader(lines, restval="")
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise InvalidInput(f"{source}: has no column {', '.join(missing)}")
    try:
        for record in reader:
            yield parse(record)
    except (csv.Error, ValueError, SyntaxError) as error:
        raise InvalidInput(f"{source}:{reader.line_num}: {error}") from None


def _interaction(record: Record) -> Interaction:
    time = datetime.fromisoformat(record["created_at"])
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return Interaction(_id(record, "user_id"), _id(record, "item_id"), time.timestamp())


def _item(record: Record) -> Item:
    level = record["difficulty"]
    return Item(
        id=_id(record, "item_id"),
        title=record["name"],
        text=record["description"],
        tags=(*_names(record["software"]), *_names(record["theme"])),
        level=None if level in NO_LEVEL else level,
    )


def _id(record: Record, column: str) -> str:
    if not record[column]:
        raise ValueError(f"{column} is empty")
    return record[column]


def _names(written: str) -> list[str]:
    """A list as Python writes it, such as ``['Word', 'Excel']``."""
    names = literal_eval(written) if written else []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{written!r} is not a list of names")
    return names
