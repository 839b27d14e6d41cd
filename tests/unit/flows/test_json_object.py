"""Reading plain JSON that came from somewhere else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.json_object import JsonObject, moment_of
from flows.signals.events import Kind

WHOLE = JsonObject(
    {
        "text": "a",
        "none": None,
        "texts": ["a", "b"],
        "number": 2,
        "share": 0.5,
        "flag": False,
        "at": "2025-06-01T12:00:00.000001+02:00",
        "kind": "error_hit",
        "inner": {"list": [{"x": 1}, {"x": 2}]},
    }
)


def test_what_is_there_is_read() -> None:
    """Every type comes out as it was written; times in UTC."""
    assert (WHOLE.text("text"), WHOLE.text_or_none("none"), WHOLE.text_or_none("gone")) == ("a", None, None)
    assert (WHOLE.texts("texts"), WHOLE.texts("gone")) == (("a", "b"), ())
    assert (WHOLE.number("number"), WHOLE.count("number"), WHOLE.share("share")) == (2.0, 2, 0.5)
    assert (WHOLE.flag("flag"), WHOLE.flag_or_none("none")) == (False, None)
    assert WHOLE.moment("at") == datetime(2025, 6, 1, 10, 0, 0, 1, UTC)
    assert WHOLE.choice("kind", Kind) is Kind.ERROR_HIT
    inner = WHOLE.object("inner").objects("list")
    assert [(each.path, each.count("x")) for each in inner] == [("inner/list/0", 1), ("inner/list/1", 2)]
    assert WHOLE.objects("gone") == []


#: By reader, what it refuses.
WRONG: dict[str, list[Any]] = {
    "text": [None, 1, ["a"], {}],
    "text_or_none": [1, True, []],
    "texts": [None, "ab", [1], [None], {}],
    "number": [None, "1", True, float("nan"), float("inf"), 10**400, []],
    "share": [-0.01, 1.01, True, "0.5", float("nan")],
    "count": [None, -1, 1.0, 1.5, True, "1"],
    "flag": [None, 0, 1, "true"],
    "flag_or_none": [0, 1, "false"],
    "moment": [None, 0, "", "soon", "2025-06-01T12:00:00", "0001-01-01T00:00:00+05:00"],
    "object": [None, [], "a"],
    "objects": [None, {}, "ab"],
}


@pytest.mark.parametrize(
    ("reader", "value"), [(reader, value) for reader, values in WRONG.items() for value in values]
)
def test_what_is_of_another_type_is_refused(reader: str, value: Any) -> None:
    """The error says where it stands."""
    with pytest.raises(InvalidInput) as caught:
        getattr(JsonObject({"x": value}, "items/3"), reader)("x")
    assert caught.value.field == "items/3/x"


@pytest.mark.parametrize("value", [None, "", "ERROR_HIT", 1])
def test_a_choice_is_one_of_several(value: Any) -> None:
    """Any other value is refused."""
    with pytest.raises(InvalidInput) as caught:
        JsonObject({"x": value}, "items/3").choice("x", Kind)
    assert caught.value.field == "items/3/x"


def test_an_element_of_another_type_is_named() -> None:
    """A list of objects that holds something else says which."""
    with pytest.raises(InvalidInput) as caught:
        JsonObject({"list": [{}, 1]}).objects("list")
    assert caught.value.field == "list/1"


@pytest.mark.parametrize("value", [None, [], "a", 1])
def test_a_document_is_an_object(value: Any) -> None:
    """What is none has no fields to read."""
    with pytest.raises(InvalidInput):
        JsonObject.of(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow", "must be a time by ISO 8601"),
        ("2025-06-01T12:00", "must say its time zone"),
        ("9999-12-31T23:00:00-05:00", "must lie within the years 1 to 9999"),
    ],
)
def test_times_say_what_is_wrong_with_them(text: str, said: str) -> None:
    """A time needs a form, a zone and a year that exists in UTC."""
    with pytest.raises(ValueError, match=f"^{said}$"):
        moment_of(text)
