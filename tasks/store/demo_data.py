"""Everything in the demo data, made from a seed, a catalogue and a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.catalogue.model import Catalogue
from flows.memory.from_events import memories_from_events
from flows.memory.model import Memory
from flows.signals.events import Event, Kind
from tasks.store.demo_events import person_events, workdays
from tasks.store.demo_mastery import mastery_rows
from tasks.store.demo_models import observation_rows
from tasks.store.demo_people import MEMBERS, ORGANISATIONS
from tasks.store.demo_practice import practise
from tasks.store.demo_training import training_events, training_rows

SEED = "1"
SESSIONS_REMEMBERED = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class DemoData:
    """Rows by table, in an order in which they can be written, the events, and what is remembered of them."""

    rows: dict[str, list[dict[str, Any]]]
    events: list[Event]
    memories: dict[str, list[Memory]]


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
    return DemoData(rows, events, _memories(events, today))


def _memories(events: list[Event], today: date) -> dict[str, list[Memory]]:
    """Every solution, and the sessions of the last days: older ones are in nobody's way any more."""
    since = today - SESSIONS_REMEMBERED
    kept = [event for event in events if event.kind is Kind.ERROR_RESOLVED or event.at.date() >= since]
    return memories_from_events(kept)


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
