"""Reading plain JSON that came from somewhere else, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from flows.errors import InvalidInput

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object of a JSON document, and where it stands there (``events/3``, empty at the top).

    Every reader raises InvalidInput with the path of what is missing or of another type.
    """

    values: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, value: Any, path: str = "") -> "JsonObject":
        """A value that must be an object."""
        if not isinstance(value, Mapping):
            raise InvalidInput("must be an object", field=path)
        return cls(value, path)

    def wrong(self, name: str, why: str) -> InvalidInput:
        """The error about a field of this object."""
        return InvalidInput(why, field=self._at(name))

    def text(self, name: str) -> str:
        """A text, which may be empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise self.wrong(name, "must be a text")
        return value

    def text_or_none(self, name: str) -> str | None:
        """A text; None where it is null or left out."""
        return None if self.values.get(name) is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is left out."""
        found = self._list(name)
        if not all(isinstance(value, str) for value in found):
            raise self.wrong(name, "must be a list of texts")
        return tuple(found)

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.values.get(name)
        try:
            if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
                return float(value)
        except OverflowError:  # A whole number of JSON may have any length.
            pass
        raise self.wrong(name, "must be a number")

    def share(self, name: str) -> float:
        """A number from 0 to 1."""
        value = self.number(name)
        if not 0 <= value <= 1:
            raise self.wrong(name, "must be 0 to 1")
        return value

    def count(self, name: str) -> int:
        """A whole number, 0 or more."""
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(name, "must be a whole number, 0 or more")
        return value

    def flag_or_none(self, name: str) -> bool | None:
        """True or false; None where it is null or left out."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.flag_or_none(name)
        if value is None:
            raise self.wrong(name, "must be true or false")
        return value

    def moment(self, name: str) -> datetime:
        """A time by ISO 8601 that says its zone, in UTC."""
        try:
            return moment_of(self.text(name))
        except ValueError as error:
            raise self.wrong(name, str(error)) from None

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """One of the values of an enumeration."""
        try:
            return choices(self.text(name))
        except ValueError:
            raise self.wrong(name, f"must be one of {', '.join(choices)}") from None

    def object(self, name: str) -> "JsonObject":
        """An object inside this one."""
        return JsonObject.of(self.values.get(name), self._at(name))

    def objects(self, name: str) -> list["JsonObject"]:
        """A list of objects; empty where it is left out."""
        found = self._list(name)
        return [JsonObject.of(value, f"{self._at(name)}/{place}") for place, value in enumerate(found)]

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, "must be a list")
        return value

    def _at(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name


def moment_of(text: str) -> datetime:
    """A time by ISO 8601 that says its zone, in UTC; raises ValueError, which says what is wrong."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time by ISO 8601") from None
    if moment.tzinfo is None:
        raise ValueError("must say its time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie within the years 1 to 9999") from None
