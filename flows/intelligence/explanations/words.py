"""Facts as words: None for a fact that is missing or cannot be said, so that nothing is made up.

Facts come from stores and catalogues, and some from clients: a text becomes one line of bounded
length, and a number that is none is not said.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

LONGEST = 320  #: Characters of a text within a sentence.
FEWEST_PEOPLE = 3  #: Nothing is said about fewer: they could be told apart.
YEAR_AFTER_DAYS = 300  #: A date so far from today is given with its year.

Facts = Mapping[str, Any]


def text(facts: Facts, name: str) -> str | None:
    """A text on one line, without the full stop at its end."""
    value = facts.get(name)
    if not isinstance(value, str):
        return None
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split()).rstrip(". ")
    if len(line) > LONGEST:
        line = line[: LONGEST - 3].rsplit(" ", 1)[0].rstrip() + "..."
    return line or None


def sentence(facts: Facts, name: str) -> str | None:
    """A text that begins a sentence: its first letter is a capital."""
    line = text(facts, name)
    return None if line is None else line[0].upper() + line[1:]


def count(facts: Facts, name: str, least: int = 0) -> int | None:
    """A whole number of at least so many."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        return None
    return value


def share(facts: Facts, name: str) -> str | None:
    """A share of 1 with two decimals."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return f"{value:.2f}"


def counted(number: int | None, one: str, many: str) -> str | None:
    """``1 seat``, ``2 seats``."""
    return None if number is None else f"{number} {one if number == 1 else many}"


def day(facts: Facts, name: str, today: date | None = None) -> str | None:
    """A date, or a time of that date, as ``3 October``; with the year when far from today."""
    value = facts.get(name)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        return None
    far = today is not None and abs((value - today).days) > YEAR_AFTER_DAYS
    return f"{value.day} {MONTHS[value.month - 1]}" + (f" {value.year}" if far else "")


#: Not from the locale of the process: a sentence is English everywhere.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
