"""What the service would have answered in the demo organisations in the last weeks, and what came of it.

Made up like everything in the demo data, and marked: ids begin with ``demo-`` and the variant is
``demo``. People take an item somewhat less often than its confidence says, so that the figures of
calibration have something to show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import Connection

from flows.catalogue.model import Catalogue
from flows.decisions.model import Candidate, Decision, ShownItem
from flows.signals.feedback import Feedback, Verdict
from tasks.store.decisions import find
from tasks.store.decisions import write as write_decisions
from tasks.store.demo_events import at_hour, workdays
from tasks.store.demo_people import MEMBERS, Person
from tasks.store.outcomes import NewOutcome
from tasks.store.outcomes import write as write_outcomes

SEED = "1"
DAYS = 20  #: Working days looked back: most of the thirty days that figures show by default.
PER_PERSON = 6
ITEMS = 4
JUDGED = 0.45  #: Share of items that somebody says anything about.
TAKEN = 0.88  #: Of the share that confidence promises.
COMPLETED = 0.4  #: Of what was accepted.
RATED = 0.3
DEGRADED = 0.04
REASON = "context.features:port_unavailable"
MARK = "demo"


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """An answer, and what its person said about it."""

    decision: Decision
    feedback: tuple[Feedback, ...]


def demo_answers(catalogue: Catalogue, today: date, seed: str = SEED) -> list[DemoAnswer]:
    """A few learning paths and other answers per person; the same for the same arguments."""
    days = workdays(today)[-DAYS:]
    return [
        _answer(
            organisation.id,
            person,
            number,
            catalogue,
            days,
            Random(f"{seed}/{organisation.id}/{person.id}/{number}"),
        )
        for organisation, person in MEMBERS
        for number in range(PER_PERSON)
    ]


def put_answers(connection: Connection, answers: Sequence[DemoAnswer]) -> None:
    """Write them inside the caller's transaction; what is there stays as it is."""
    write_decisions(connection, [answer.decision for answer in answers])
    for organisation in sorted({answer.decision.organisation for answer in answers}):
        own = [answer for answer in answers if answer.decision.organisation == organisation]
        found = find(connection, organisation, {answer.decision.id for answer in own})
        said = (feedback for answer in own for feedback in answer.feedback)
        write_outcomes(connection, organisation, [NewOutcome(f, found[f.decision_id]) for f in said])


def _answer(
    organisation: str,
    person: Person,
    number: int,
    catalogue: Catalogue,
    days: Sequence[date],
    random: Random,
) -> DemoAnswer:
    path = random.random() < 0.5
    at = at_hour(random.choice(days), random.uniform(8, 17))
    ms = round(random.lognormvariate(2.0, 0.5), 1)
    items = tuple(_items(catalogue, person, path, random))
    decision = Decision(
        id=f"demo-{person.id}-{number}",
        organisation=organisation,
        user_id=person.id,
        flow="learning_path" if path else "next_best_prompt",
        flow_version="1",
        variant=MARK,
        at_ms=int(at.timestamp() * 1000),
        total_ms=ms,
        candidates=tuple(Candidate(item.id, "catalogue", item.score) for item in items),
        shown=items,
        latency_ms={"explain": round(ms / 3, 1)},
        degraded=(REASON,) if random.random() < DEGRADED else (),
    )
    judged = [item for item in items if random.random() < JUDGED]
    feedback = (f for item in judged for f in _feedback(decision, item, random))
    return DemoAnswer(decision, tuple(feedback))


def _items(catalogue: Catalogue, person: Person, path: bool, random: Random) -> Iterator[ShownItem]:
    """Weeks of a path, or prompts, about skills of the person's goals."""
    wanted = {s for goal in person.goals if goal in catalogue.goals for s in catalogue.goals[goal].skills}
    skills = sorted(wanted) or sorted(catalogue.skills)
    for place, skill in enumerate(random.sample(skills, min(ITEMS, len(skills))), start=1):
        yield ShownItem(
            f"week-{place}" if path else f"prompt:{skill}",
            score=round(random.uniform(0.3, 1.0), 2),
            confidence=round(random.betavariate(4, 2), 2),
            skills=(skill,),
        )


def _feedback(decision: Decision, item: ShownItem, random: Random) -> Iterator[Feedback]:
    taken = random.random() < TAKEN * (item.confidence or 0.0)
    verdicts = [Verdict.ACCEPTED if taken else Verdict.DISMISSED]
    if taken and random.random() < COMPLETED:
        verdicts.append(Verdict.COMPLETED)
    for later, verdict in enumerate(verdicts):
        rating = random.choice((4, 5) if taken else (1, 2, 3)) if random.random() < RATED else None
        yield Feedback(
            organisation=decision.organisation,
            decision_id=decision.id,
            item_id=item.id,
            verdict=verdict,
            at=datetime.fromtimestamp(decision.at_ms / 1000, UTC) + timedelta(minutes=5 + 60 * later),
            rating=rating,
            event_id=f"{decision.id}-{item.id}-{verdict}",
        )
