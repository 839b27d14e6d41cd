"""When drafts are made: a few an hour where that is switched on, and whenever somebody asks for some."""

from collections.abc import Sequence
from random import Random
from time import time

from config.queues import BATCH
from flows.catalogue.model import BUILT_IN
from flows.catalogue.question_bank import built_in_questions
from flows.intelligence.drafting.model import Kind
from flows.requests.drafts import FLOW, drafts
from tasks.services import Services
from tasks.store.base import Accepted
from tasks.submit import submit

DEADLINE_MS = 600_000  #: A draft may wait ten minutes for workers and model.
MOST_WAITING = 40  #: An organisation that has so many to look at gets no more by itself.


def start(
    services: Services, organisation: str, skill: str, kind: Kind, *, catalogue: str, occasion: str
) -> Accepted:
    """Start a job that drafts, on the lane of batches. Raises UnknownName and StoreUnavailable."""
    request = drafts(
        organisation, skill, kind, services.ports.catalogues, catalogue=catalogue, occasion=occasion
    )
    deadline_ms = int(time() * 1000) + DEADLINE_MS
    flow = services.flows.current()[FLOW]
    return submit(services, flow, request, lane=BATCH, deadline_ms=deadline_ms, request_id=occasion)


def due(
    per_hour: int, hour: int, organisations: Sequence[str], skills: Sequence[str]
) -> list[tuple[str, str, Kind]]:
    """Organisation, skill and kind of what is to be drafted in an hour, counted since 1970.

    Skills that have the fewest questions come first. The same hour gives the same.
    """
    if not organisations:
        return []
    random, bank = Random(hour), built_in_questions()
    poorest = sorted(skills, key=lambda skill: (len(bank.of(skill)), random.random()))
    kinds = list(Kind)
    return [(random.choice(organisations), skill, random.choice(kinds)) for skill in poorest[:per_hour]]


def start_due(services: Services, hour: int) -> int:
    """Start what is due in an hour; returns how many jobs. Raises PortUnavailable and StoreUnavailable."""
    if not services.drafts_per_hour or not services.ports.reranker.configured:
        return 0
    skills = tuple(services.ports.catalogues.get("", BUILT_IN).skills)
    wanting = services.ports.drafts.with_room(MOST_WAITING)
    found = due(services.drafts_per_hour, hour, wanting, skills)
    for organisation, skill, kind in found:
        start(services, organisation, skill, kind, catalogue=BUILT_IN, occasion=f"hour-{hour}")
    return len(found)
