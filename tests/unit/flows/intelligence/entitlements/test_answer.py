"""Courses under contract as an answer: order, reasons from facts, mandatory training."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.entitlements.answer import CourseFacts, compose, rank_courses
from flows.intelligence.entitlements.compliance import compliance
from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot, Licences, Training
from flows.intelligence.mastery import Mastery

NOW = datetime(2025, 8, 18, 12, tzinfo=UTC)


def skill(id_: str, title: str, *needs: str) -> dict[str, Any]:
    return {"id": id_, "title": title, "hours": 4, "prerequisites": list(needs), "prompts": ["Do it."]}


CATALOGUE: Catalogue = parse(
    "built-in",
    [
        (
            "test",
            {
                "skills": [skill("ts", "TypeScript"), skill("ts2", "TypeScript 2", "ts"), skill("go", "Go")],
                "goals": [{"id": "web", "title": "Web", "skills": {"ts2": 1.0}}],
            },
        )
    ],
)
CONTRACT = Contract(
    id="c1", course="TS Course", skill="ts", seats=15, seats_used=12, expires_at=NOW + timedelta(days=14)
)


def facts(
    *contracts: Contract,
    mastery: Mastery | None = None,
    goal: str | None = None,
    seats: tuple[str, ...] = (),
) -> CourseFacts:
    licences = Licences(contracts=contracts, trainings=(), as_of=NOW)
    return CourseFacts(
        snapshot=EntitlementSnapshot(licences=licences, seats_held=frozenset(seats)),
        mastery={"ts": mastery} if mastery else {},
        catalogue=CATALOGUE,
        goal=CATALOGUE.goal(goal) if goal else None,
        now=NOW,
    )


def answered(given: CourseFacts) -> dict[str, Any]:
    ranked = [
        {"id": f"x-{contract.id}", "contract": contract.id} for contract in given.snapshot.licences.contracts
    ]
    return compose(given, ranked)


def test_the_soonest_to_end_comes_first() -> None:
    """Courses are in the order of their contracts' ends; ties go by course."""
    late = replace(CONTRACT, id="late", expires_at=NOW + timedelta(days=20))
    twin = replace(CONTRACT, id="twin", course="A Course")
    candidates = [{"id": c.id, "course": c.course, "contract": c.id} for c in (late, CONTRACT, twin)]
    ranked = rank_courses(candidates, facts(late, CONTRACT, twin).snapshot)
    assert [candidate["id"] for candidate in ranked] == ["twin", "c1", "late"]


def test_a_course_with_its_contract() -> None:
    """An item has its contract's figures, and its reason says no more than is known."""
    (course,) = answered(facts(CONTRACT))["recommendations"]
    assert course == {
        "id": "x-c1",
        "course": "TS Course",
        "skill": "ts",
        "reason": "Expires in 14 days; 3 of 15 seats are free.",
        "evidence": ["contract:c1"],
        "contractInfo": {
            "contractId": "c1",
            "seatsAvailable": 3,
            "seatHeld": False,
            "expiresAt": "2025-09-01",
            "daysLeft": 14,
            "priority": "USE_IT_OR_LOSE_IT",
        },
    }


@pytest.mark.parametrize(
    ("days", "used", "seats", "expected"),
    [
        (0, 14, (), "Expires today; 1 of 15 seats is free."),
        (1, 13, (), "Expires tomorrow; 2 of 15 seats are free."),
        (30, 13, (), "Expires in 30 days; 2 of 15 seats are free."),
        (31, 15, ("c1",), "Expires on 2025-09-18; you have a seat."),
    ],
)
def test_when_it_ends(days: int, used: int, seats: tuple[str, ...], expected: str) -> None:
    """The end is told in days up to 30 days ahead, then as a date; seats as far as they matter."""
    contract = replace(CONTRACT, seats_used=used, expires_at=NOW + timedelta(days=days, hours=1))
    (course,) = answered(facts(contract, seats=seats))["recommendations"]
    assert course["reason"] == expected
    assert course["evidence"] == ["contract:c1", *(f"seat:{s}" for s in seats)]


@pytest.mark.parametrize(
    ("mastery", "expected"),
    [
        (
            Mastery(0.333, 7),
            "Your mastery of TypeScript is 0.33 from 7 observations; 0.80 counts as mastered.",
        ),
        (Mastery(0.5, 1), "Your mastery of TypeScript is 0.50 from 1 observation; 0.80 counts as mastered."),
        (Mastery(0.9, 4), "First signs of TypeScript are strong (mastery 0.90 from 4 observations)."),
    ],
)
def test_what_the_person_lacks(mastery: Mastery, expected: str) -> None:
    """What was observed of the skill is part of the reason, and named as evidence."""
    (course,) = answered(facts(CONTRACT, mastery=mastery))["recommendations"]
    assert course["reason"] == f"Expires in 14 days; 3 of 15 seats are free. {expected}"
    assert course["evidence"] == ["contract:c1", "mastery:ts"]


def test_a_mastered_skill_is_left_out() -> None:
    """A course whose skill the person masters is not recommended, and said to be left out."""
    answer = answered(facts(CONTRACT, mastery=Mastery(0.8, 5)))
    assert answer["recommendations"] == []
    assert answer["alreadyMastered"] == [
        {
            "id": "x-c1",
            "course": "TS Course",
            "skill": "ts",
            "reason": "You master TypeScript already (mastery 0.80 from 5 observations).",
            "evidence": ["mastery:ts"],
        }
    ]


@pytest.mark.parametrize(
    ("skill_id", "goal", "sentence", "evidence"),
    [
        ("ts2", "web", " It teaches a skill of the goal Web.", ["skill:ts2", "goal:web"]),
        ("ts", "web", " The goal Web needs TypeScript on the way.", ["skill:ts", "goal:web"]),
        ("go", "web", "", []),
        ("unheard-of", "web", "", []),
        (None, "web", "", []),
        ("ts2", None, "", []),
    ],
)
def test_what_it_does_for_the_goal(
    skill_id: str | None, goal: str | None, sentence: str, evidence: list[str]
) -> None:
    """The goal is spoken of only where the course's skill is part of it or on the way to it."""
    (course,) = answered(facts(replace(CONTRACT, skill=skill_id), goal=goal))["recommendations"]
    assert course["reason"] == "Expires in 14 days; 3 of 15 seats are free." + sentence
    assert course["evidence"] == ["contract:c1", *evidence]


def training(id_: str, due_on: date) -> Training:
    return Training(id=id_, course=id_.title(), skill=None, due_on=due_on)


def test_mandatory_training() -> None:
    """What is not completed is listed, earliest due first; a due day is overdue when it is over."""
    asked = (
        training("later", date(2025, 9, 1)),
        training("today", date(2025, 8, 18)),
        training("yesterday", date(2025, 8, 17)),
        training("done", date(2025, 8, 1)),
    )
    licences = Licences(contracts=(), trainings=asked, as_of=NOW)
    found = compliance(EntitlementSnapshot(licences=licences, completed=frozenset({"done"})), NOW)
    assert found == {
        "mandatoryTraining": ["Yesterday", "Today", "Later"],
        "dueDate": "2025-08-17",
        "completionRequired": True,
        "items": [
            {
                "id": "yesterday",
                "course": "Yesterday",
                "dueOn": "2025-08-17",
                "overdue": True,
                "daysLeft": -1,
            },
            {"id": "today", "course": "Today", "dueOn": "2025-08-18", "overdue": False, "daysLeft": 0},
            {"id": "later", "course": "Later", "dueOn": "2025-09-01", "overdue": False, "daysLeft": 14},
        ],
    }


def test_nothing_left_to_complete() -> None:
    """Who has completed everything has no due date and nothing to complete."""
    licences = Licences(contracts=(), trainings=(training("done", date(2025, 8, 1)),), as_of=NOW)
    found = compliance(EntitlementSnapshot(licences=licences, completed=frozenset({"done"})), NOW)
    assert found == {"mandatoryTraining": [], "dueDate": None, "completionRequired": False, "items": []}
