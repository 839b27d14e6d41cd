"""The two CSV formats of a course log."""

import time

import pytest

from flows.errors import InvalidInput
from flows.intelligence.evaluation.mars import parse_interactions, parse_items
from flows.intelligence.recommender.interactions import Interaction, Item

VIEWS = "user_id,item_id,created_at,watch_percentage"
LESSONS = "item_id,name,description,software,theme,difficulty,duration_s"


def test_interactions() -> None:
    """Person, item and time in UTC; the share that was watched is not used."""
    lines = [VIEWS, "7,510,1970-01-02 00:00:30,", "8,511,1970-01-01T01:00:00+01:00,81"]
    assert parse_interactions(lines, "log.csv") == [
        Interaction("7", "510", 86430.0),
        Interaction("8", "511", 0.0),
    ]


def test_times_do_not_depend_on_where_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a zone a time is UTC, not the machine's own."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        parsed = parse_interactions([VIEWS, "7,510,1970-01-02 00:00:30,"], "log.csv")
    time.tzset()
    assert parsed == [Interaction("7", "510", 86430.0)]


def test_columns_may_come_in_any_order_with_others() -> None:
    """The header says what is where; a column that is not used need not be there."""
    assert parse_interactions(["created_at,extra,item_id,user_id", "1970-01-01,x,5,u"], "log.csv") == [
        Interaction("u", "5", 0.0)
    ]


def test_items() -> None:
    """Software and theme become tags; a level that is not known is none."""
    lines = [
        LESSONS,
        """510,"Sort, filter","A table",['Excel'],"['Organize', ""Don't""]",Beginner,42.0""",
        "511,Hello,,[],[],N/A,",
    ]
    assert parse_items(lines, "items.csv") == [
        Item("510", "Sort, filter", "A table", ("Excel", "Organize", "Don't"), "Beginner"),
        Item("511", "Hello"),
    ]


def test_a_text_may_go_over_lines() -> None:
    """Quoted line ends belong to the field."""
    (item,) = parse_items([f"{LESSONS}\n", '510,Hi,"one\n', 'two",[],[],N/A,1\n'], "items.csv")
    assert item.text == "one\ntwo"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("7,510,yesterday,", r"log\.csv:3: Invalid isoformat string: 'yesterday'"),
        ("7,510", r"log\.csv:3: Invalid isoformat"),
        (",510,2020-01-01,", r"log\.csv:3: user_id is empty"),
        ("7,,2020-01-01,", r"log\.csv:3: item_id is empty"),
    ],
)
def test_a_wrong_interaction_is_named_by_line(line: str, message: str) -> None:
    """The error says file, line and what is wrong."""
    with pytest.raises(InvalidInput, match=message):
        parse_interactions([VIEWS, "7,510,2020-01-01,", line], "log.csv")


@pytest.mark.parametrize("tags", ["Excel", "['Excel'", "{'a': 1}", "[1]"])
def test_wrong_tags_are_named_by_line(tags: str) -> None:
    """Software and theme are lists of names, or nothing."""
    with pytest.raises(InvalidInput, match=r"items\.csv:2: "):
        parse_items([LESSONS, f'510,Hi,,"{tags}",[],N/A,1'], "items.csv")


def test_another_file_is_refused() -> None:
    """Missing columns are named, also when there is nothing at all."""
    with pytest.raises(InvalidInput, match=r"log\.csv: has no column item_id, created_at"):
        parse_interactions(["user_id,x", "1,2"], "log.csv")
    with pytest.raises(InvalidInput, match=r"items\.csv: has no column item_id, name"):
        parse_items([], "items.csv")


def test_an_item_comes_once() -> None:
    """Two lines for one item would make its place in the catalogue unclear."""
    with pytest.raises(InvalidInput, match=r"items\.csv: an item_id comes more than once"):
        parse_items([LESSONS, "5,a,,[],[],,", "5,b,,[],[],,"], "items.csv")
