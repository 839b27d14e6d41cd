"""What demo organisations have bought and ask for: contracts, seats and mandatory training."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from flows.catalogue.model import Catalogue
from flows.signals.events import Event, Kind
from tasks.store.demo_activity import course_item
from tasks.store.demo_events import at_hour, workdays
from tasks.store.demo_people import MEMBERS, TYPESCRIPT_ENGINEER, Person

Row = dict[str, Any]
END_OF_DAY_H = 24 - 1 / 3600  #: A contract is good through its last day.


@dataclass(frozen=True, slots=True)
class Contract:
    """Seats of a course; ``days_left`` counts from today and is negative once it is over."""

    organisation: str
    id: str
    course: str
    skill: str
    seats: int
    used: int
    days_left: int


@dataclass(frozen=True, slots=True)
class MandatoryTraining:
    """A course for everybody; ``share`` is the part of the people who have completed it."""

    organisation: str
    id: str
    course: str
    skill: str
    due_in_days: int
    share: float


CONTRACTS = (
    Contract("corp-123", "advanced-typescript", "Advanced TypeScript", "typescript-advanced", 15, 12, 14),
    Contract("corp-123", "spring-boot-pro", "Spring Boot Professional", "spring-boot", 8, 8, 200),
    Contract("corp-123", "cloud-foundations", "Cloud Foundations", "cloud-basics", 20, 9, 45),
    Contract("corp-123", "kubernetes-practice", "Kubernetes in Practice", "kubernetes-basics", 10, 4, 120),
    Contract("corp-123", "sql-masterclass", "SQL Masterclass", "sql-advanced", 12, 5, -20),
    Contract("enterprise-789", "k8s-101", "Kubernetes 101", "kubernetes-basics", 8, 2, 90),
    Contract(
        "enterprise-789", "event-systems", "Event-Driven Systems", "event-driven-architecture", 5, 0, 60
    ),
    Contract("demo", "react-performance", "React Performance Lab", "react-performance", 10, 3, 30),
)
TRAININGS = (
    MandatoryTraining("corp-123", "security", "Security Awareness", "security-awareness", 12, 0.3),
    MandatoryTraining("corp-123", "privacy", "Privacy and Compliance", "privacy-and-compliance", 75, 0.6),
    MandatoryTraining("enterprise-789", "security", "Security Awareness", "security-awareness", 40, 0.5),
)
#: The engineer whom the sample request asks for has a seat to win and a training to do.
WITHOUT_SEAT, BEFORE_TRAINING = "advanced-typescript", "security"


def training_rows(today: date, seed: str) -> dict[str, list[Row]]:
    """The rows of the four tables, by table."""
    days = workdays(today)
    return {
        "contracts": dates(today)["contracts"],
        "seats": [row for contract in CONTRACTS for row in _seats(contract, days, seed)],
        "trainings": dates(today)["trainings"],
        "training_completions": [row for t in TRAININGS for row in _completions(t, days, seed)],
    }


def dates(today: date) -> dict[str, list[Row]]:
    """The contracts and trainings alone, with their dates as seen from ``today``."""
    return {
        "contracts": [_contract(contract, today) for contract in CONTRACTS],
        "trainings": [_training(training, today) for training in TRAININGS],
    }


def training_events(rows: dict[str, list[Row]], catalogue: Catalogue) -> Iterator[Event]:
    """What people did with their seats and trainings, as events."""
    course_of = {(row["organisation_id"], row["id"]): row for row in (*rows["contracts"], *rows["trainings"])}
    for row in rows["seats"]:
        course = course_of[row["organisation_id"], row["contract_id"]]
        yield _course_event(row, course, Kind.COURSE_STARTED, row["assigned_at"], catalogue)
    for row in rows["training_completions"]:
        course = course_of[row["organisation_id"], row["training_id"]]
        yield _course_event(row, course, Kind.COURSE_COMPLETED, row["completed_at"], catalogue)


def _contract(contract: Contract, today: date) -> Row:
    return {
        "organisation_id": contract.organisation,
        "id": contract.id,
        "course": contract.course,
        "skill_id": contract.skill,
        "seats": contract.seats,
        "seats_used": contract.used,
        "expires_at": at_hour(today + timedelta(days=contract.days_left), END_OF_DAY_H),
    }


def _seats(contract: Contract, days: Sequence[date], seed: str) -> Iterator[Row]:
    random = Random(f"{seed}/{contract.organisation}/{contract.id}")
    people = _people(contract.organisation, contract.id == WITHOUT_SEAT)
    for person in random.sample(people, contract.used):
        yield {
            "organisation_id": contract.organisation,
            "contract_id": contract.id,
            "user_id": person.id,
            "assigned_at": at_hour(random.choice(days), random.uniform(8, 17)),
        }


def _training(training: MandatoryTraining, today: date) -> Row:
    return {
        "organisation_id": training.organisation,
        "id": training.id,
        "course": training.course,
        "skill_id": training.skill,
        "due_on": today + timedelta(days=training.due_in_days),
    }


def _completions(training: MandatoryTraining, days: Sequence[date], seed: str) -> Iterator[Row]:
    random = Random(f"{seed}/{training.organisation}/{training.id}")
    for person in _people(training.organisation, training.id == BEFORE_TRAINING):
        done = random.random() < training.share
        completed_at = at_hour(random.choice(days), random.uniform(8, 17))
        if done or (person is TYPESCRIPT_ENGINEER):
            yield {
                "organisation_id": training.organisation,
                "training_id": training.id,
                "user_id": person.id,
                "completed_at": completed_at,
            }


def _people(organisation: str, without_engineer: bool) -> list[Person]:
    return [
        person
        for owner, person in MEMBERS
        if owner.id == organisation and not (without_engineer and person is TYPESCRIPT_ENGINEER)
    ]


def _course_event(row: Row, course: Row, kind: Kind, at: datetime, catalogue: Catalogue) -> Event:
    known = course["skill_id"] in catalogue.skills
    return Event(
        id=f"{row['user_id']}/{course['id']}/{kind}",
        organisation=row["organisation_id"],
        user_id=row["user_id"],
        kind=kind,
        at=at,
        skill=course["skill_id"] if known else None,
        item=course_item(course["skill_id"]),
        text=course["course"],
    )
