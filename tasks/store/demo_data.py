"""Everything in the demo data, made from a seed, a catalogue and a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.catalogue.model import Catalogue
from flows.signals.events import Event
from tasks.store.demo_events import person_events, workdays
from tasks.store.demo_mastery import mastery_rows
from tasks.store.demo_models import observation_rows
from tasks.store.demo_people import MEMBERS, ORGANISATIONS
from tasks.store.demo_practice import practise
from tasks.store.demo_training import training_events, training_rows

SEED = "1"


@dataclass(frozen=True, slots=True)
class DemoData:
    """Rows by table, in an order in which they can be written, and the events."""

    rows: dict[str, list[dict[str, Any]]]
    events: list[Event]


def demo_data(catalogue: Catalogue, today: date, seed: str = SEED) -> DemoData:
    """The same for the same arguments, on any machine and in any process.

    ``today`` moves times and changes nothing else.
    """
    training = training_rows(today, seed)
    events = [*_events(catalogue, today, seed), *training_events(training, catalogue)]
    rows = {
        **people_rows(),
        "mastery": mastery_rows(events),
        **training,
        "model_observations": observation_rows(today, seed),
    }
    return DemoData(rows, events)


def people_rows() -> dict[str, list[dict[str, Any]]]:
    """Organisations, people and teams."""
    teams = [(organisation, team) for organisation in ORGANISATIONS for team in organisation.teams]
    return {
        "organisations": [{"id": o.id, "name": o.name} for o in ORGANISATIONS],
        "users": [
            {"organisation_id": organisation.id, "id": person.id, "name": person.name, "level": person.level}
            for organisation, person in MEMBERS
        ],
        "teams": [{"organisation_id": o.id, "id": team.id, "name": team.name} for o, team in teams],
        "team_members": [
            {"organisation_id": organisation.id, "team_id": team.id, "user_id": person.id}
            for organisation, team in teams
            for person in team.people
        ],
    }


def _events(catalogue: Catalogue, today: date, seed: str) -> list[Event]:
    days = workdays(today)
    return [
        event
        for organisation, person in MEMBERS
        for event in person_events(
            catalogue,
            organisation,
            person,
            practise(catalogue, organisation, person, seed).values(),
            days,
            seed,
        )
    ]
