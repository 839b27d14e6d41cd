"""Who turned to what, from events, and what can be recommended of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.catalogue.parse import parse
from flows.intelligence.recommender.from_events import (
    MOST_ITEMS,
    by_type,
    interactions_of,
    items_of,
    learnable,
    past_of,
)
from flows.intelligence.recommender.interactions import Interaction, Item
from flows.signals.events import Event, Kind

START = datetime(1970, 1, 1, tzinfo=UTC)

CATALOGUE = parse(
    "mine",
    [
        (
            "test",
            {
                "area": {"id": "web", "title": "Web"},
                "skills": [
                    {
                        "id": "html",
                        "title": "HTML",
                        "level": "foundation",
                        "hours": 4,
                        "prompts": ["A page."],
                        "summary": "Marks up text.",
                    },
                    {
                        "id": "css",
                        "title": "CSS",
                        "level": "junior",
                        "hours": 4,
                        "prompts": ["A colour."],
                        "prerequisites": ["html"],
                    },
                ],
            },
        )
    ],
)


def event(kind: Kind, second: float = 0, **changes: Any) -> Event:
    fields = {"organisation": "acme", "user_id": "ann", "at": START + timedelta(seconds=second)}
    return Event(id=f"{kind}-{second}", kind=kind, **fields | changes)


def turned_to(*things: str, by: int = 3) -> list[Interaction]:
    return [Interaction(f"p-{person}", thing, 0.0) for thing in things for person in range(by)]


@pytest.mark.parametrize(
    ("kind", "item_type", "strength"),
    [
        (Kind.PROMPT_USED, "prompt", 0.5),
        (Kind.PROMPT_ACCEPTED, "prompt", 1.0),
        (Kind.EXERCISE_ATTEMPTED, "exercise", 0.5),
        (Kind.EXERCISE_SOLVED, "exercise", 1.0),
        (Kind.COURSE_STARTED, "course", 0.5),
        (Kind.COURSE_COMPLETED, "course", 1.0),
        (Kind.QUIZ_ANSWERED, "question", 1.0),
    ],
)
def test_who_works_on_an_item_turned_to_it_and_its_skill(kind: Kind, item_type: str, strength: float) -> None:
    """Both are typed; what was only begun counts half."""
    assert list(interactions_of(event(kind, 90, skill="html", item="html/1"))) == [
        Interaction("ann", "skill:html", 90.0, strength),
        Interaction("ann", f"{item_type}:html/1", 90.0, strength),
    ]


@pytest.mark.parametrize(
    "kind", [Kind.PROMPT_DISMISSED, Kind.ERROR_HIT, Kind.ERROR_RESOLVED, Kind.SESSION_CONTEXT]
)
def test_not_everything_is_turning_to_something(kind: Kind) -> None:
    """Errors and sessions happen to people, and who dismisses something turns away."""
    assert list(interactions_of(event(kind, skill="html", item="html/1"))) == []


def test_what_is_missing_is_left_out() -> None:
    """An event without a skill or without an item gives what there is."""
    assert [i.item for i in interactions_of(event(Kind.COURSE_STARTED, item="x"))] == ["course:x"]
    assert [i.item for i in interactions_of(event(Kind.CODE_WRITTEN, skill="css"))] == ["skill:css"]
    assert list(interactions_of(event(Kind.CODE_WRITTEN))) == []


def test_the_past_is_in_order() -> None:
    """Things turned to, oldest first, apart from those dismissed; one may come more than once."""
    past = past_of(
        [
            event(Kind.PROMPT_DISMISSED, 3, item="css/1"),
            event(Kind.EXERCISE_SOLVED, 2, item="html/1"),
            event(Kind.CODE_WRITTEN, 1, skill="html"),
            event(Kind.CODE_WRITTEN, 4, skill="html"),
            event(Kind.PROMPT_DISMISSED, 5),
        ]
    )
    assert past.turned_to == ["skill:html", "exercise:html/1", "skill:html"]
    assert past.dismissed == {"prompt:css/1"}


def test_what_fewer_than_three_turned_to_is_not_learned() -> None:
    """People count, not times; the rest stays as it is."""
    often = [Interaction("ann", "course:x", float(second)) for second in range(9)]
    three = turned_to("skill:css")
    assert learnable([*often, *three, *turned_to("course:y", by=2)]) == three


def test_items_stand_behind_their_skill() -> None:
    """Skills are in the catalogue's order, each with its items by number, unknown ones at the end."""
    things = ("exercise:html/10", "exercise:html/2", "course:zoo", "prompt:html/1", "course:course/css")
    found = [item.id for item in items_of(CATALOGUE, turned_to(*things, "skill:html"))]
    assert found == [
        "skill:html",
        "exercise:html/2",
        "exercise:html/10",
        "prompt:html/1",
        "skill:css",
        "course:course/css",
        "course:zoo",
    ]


def test_items_say_what_the_catalogue_says() -> None:
    """Title, text, tags and level come from the skill; an item that nobody knows has its id."""
    found = {item.id: item for item in items_of(CATALOGUE, turned_to("prompt:css/1", "course:zoo"))}
    assert found["skill:html"] == Item(
        "skill:html", "HTML", "HTML Marks up text.", ("html", "web"), "foundation"
    )
    assert found["prompt:css/1"].title == "A colour."
    assert found["prompt:css/1"].tags == ("css", "web", "html")
    assert found["course:zoo"] == Item("course:zoo", "zoo")


def test_so_many_items_are_learned() -> None:
    """Beside the skills the most popular stay, of equal ones the first by id."""
    names = [f"course:{number:04}" for number in range(MOST_ITEMS + 1)]
    found = {item.id for item in items_of(CATALOGUE, [*turned_to(*names), *turned_to(names[-1])])}
    assert len(found) == MOST_ITEMS + 2
    assert names[-1] in found
    assert names[-2] not in found


def test_things_by_type() -> None:
    """What is before the first colon is the type."""
    assert by_type(["skill:a", "prompt:b", "skill:c:d"]) == {
        "skill": {"skill:a", "skill:c:d"},
        "prompt": {"prompt:b"},
    }
