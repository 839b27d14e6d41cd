"""The events of demo people: their activities, gathered into one session a day, at real times."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Any

from flows.catalogue.model import Catalogue
from flows.signals.events import Event, Kind
from tasks.store.demo_activity import Activity, activities
from tasks.store.demo_errors import USE_EFFECT_LOOP
from tasks.store.demo_people import DEMO, JUNIOR_WEB_DEVELOPER, Organisation, Person
from tasks.store.demo_practice import WORKDAYS, Practice

SATURDAY = 5
FIRST_HOUR, HOURS = 8, 9.0  #: UTC; a day's activities begin within these hours.
LANGUAGES = {
    "databases": "SQL",
    "devops": "YAML",
    "frontend": "JavaScript",
    "javascript": "TypeScript",
    "jvm": "Java",
    "machine-learning": "Python",
    "mobile": "Kotlin",
    "python": "Python",
    "web": "JavaScript",
}
USE_EFFECT_SESSION = "sess-456"


def workdays(today: date) -> list[date]:
    """The last working days before today, oldest first: what happened has happened, whatever the hour."""
    days: list[date] = []
    day = today
    while len(days) < WORKDAYS:
        day -= timedelta(days=1)
        if day.weekday() < SATURDAY:
            days.append(day)
    return days[::-1]


def at_hour(day: date, hour: float) -> datetime:
    """A time on a day, in hours since midnight UTC, without fractions of a second."""
    return datetime.combine(day, time(), UTC) + timedelta(seconds=round(hour * 3600))


def person_events(
    catalogue: Catalogue,
    organisation: Organisation,
    person: Person,
    practices: Iterable[Practice],
    days: Sequence[date],
    seed: str,
) -> Iterator[Event]:
    """Everything that one person did on these days, session by session."""
    done = sorted(
        activities(catalogue, person, practices, seed), key=lambda a: (int(a.day), _when(a, days), a.id)
    )
    for number, group in groupby(done, key=lambda activity: int(activity.day)):
        session = _Session(catalogue, organisation, person, number)
        yield from session.events(list(group), days, Random(f"{seed}/{person.id}/session/{number}"))
    if organisation is DEMO and person is JUNIOR_WEB_DEVELOPER:
        yield from _use_effect_session(catalogue, days[-1])


def _when(activity: Activity, days: Sequence[date]) -> datetime:
    hour = FIRST_HOUR + HOURS * (activity.day % 1) + activity.minutes / 60
    return at_hour(days[int(activity.day)], hour)


class _Session:
    """The session of one person on one day."""

    def __init__(self, catalogue: Catalogue, organisation: Organisation, person: Person, number: int) -> None:
        self._catalogue, self._organisation, self._person = catalogue, organisation, person
        self._id = f"{person.id}-{number + 1:03}"

    def events(self, done: Sequence[Activity], days: Sequence[date], random: Random) -> Iterator[Event]:
        """What was said at the start, what was written, and what was done, in this order of time."""
        skill = self._catalogue.skills[done[0].skill]
        language = LANGUAGES.get(skill.area)
        doing = next((a.doing for a in done if a.doing), f"working on {skill.title}")
        begun = _when(done[0], days)
        context, written = begun - timedelta(minutes=2), begun - timedelta(minutes=1)
        known = {"language": language} if language else {}
        yield self._event("context", Kind.SESSION_CONTEXT, context, skill=skill.id, text=doing, data=known)
        lines = known | {"lines": random.randint(5, 160)}
        yield self._event("code", Kind.CODE_WRITTEN, written, skill=skill.id, data=lines)
        for activity in done:
            yield self._did(activity, _when(activity, days))

    def _did(self, activity: Activity, at: datetime) -> Event:
        return Event(
            id=f"{self._person.id}/{activity.id}",
            organisation=self._organisation.id,
            user_id=self._person.id,
            kind=activity.kind,
            at=at,
            session_id=self._id,
            skill=activity.skill,
            item=activity.item,
            success=activity.success,
            text=activity.text,
            data=activity.data,
        )

    def _event(
        self, what: str, kind: Kind, at: datetime, *, skill: str, data: Mapping[str, Any], text: str = ""
    ) -> Event:
        return Event(
            id=f"{self._id}/{what}",
            organisation=self._organisation.id,
            user_id=self._person.id,
            kind=kind,
            at=at,
            session_id=self._id,
            skill=skill,
            text=text,
            data=data,
        )


def _use_effect_session(catalogue: Catalogue, day: date) -> Iterator[Event]:
    """The session that the sample request for prompts names; its error is not resolved yet."""
    case = USE_EFFECT_LOOP
    skill = case.skill_id if case.skill_id in catalogue.skills else None
    steps: tuple[tuple[Kind, str | None, str, Mapping[str, Any]], ...] = (
        (Kind.SESSION_CONTEXT, None, case.doing, {"language": case.language, "file": "src/TodoList.jsx"}),
        (Kind.CODE_WRITTEN, None, "", {"language": case.language, "lines": 34}),
        (Kind.ERROR_HIT, case.id, case.message, {"language": case.language}),
        (Kind.CODE_WRITTEN, None, "", {"language": case.language, "lines": 6}),
        (Kind.ERROR_HIT, case.id, case.message, {"language": case.language}),
    )
    for number, (kind, item, text, data) in enumerate(steps):
        yield Event(
            id=f"{USE_EFFECT_SESSION}/{number}",
            organisation=DEMO.id,
            user_id=JUNIOR_WEB_DEVELOPER.id,
            kind=kind,
            at=at_hour(day, 19 + number * 0.1),
            session_id=USE_EFFECT_SESSION,
            skill=skill,
            item=item,
            text=text,
            data=data,
        )
