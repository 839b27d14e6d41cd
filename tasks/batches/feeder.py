"""The feeder: hands the members of batches to the workers, a bounded number at a time.

It runs every second on the batch queue itself, so it stands back as its members do. A turn collects
the members whose jobs have ended into the durable store, and starts as many others as there is room for
in the window. Batches share the room evenly, so that a team of ten is not behind ten thousand, and while
people wait in the interactive queue nobody is started.

Nothing is lost and nothing is done twice, wherever a feeder is cut off and however many run at once:

- A member is *claimed* first: its row says that it is under way, and names the job, whose id follows from
  batch, member and attempt. Then the job is accepted in the ledger, then published.
- Cut off before the acceptance: the row is under way and the ledger has no such job. The next turn
  submits it, as it does when Redis came back empty. Two feeders that do so submit the same id, which the
  ledger accepts once, and only who accepted it publishes it.
- Cut off between acceptance and publishing: the sweeper publishes what nobody took up.
- Cut off after a job's end: its row is still under way, and the next turn collects it. An end is only
  stored for a row that waits for this very job, so one that is collected twice, or after a
  cancellation or a retry, changes nothing.
- What is stored is let go in Redis after two minutes, longer than a feeder may run: none that read the
  row before can find the entry gone and start the job again.

Answers come from no cache: those in it may be degraded, and looking costs what it saves.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import time

from config.metrics import BATCH_MEMBERS
from config.queues import BATCH, INTERACTIVE
from flows.errors import FlowError, InvalidInput, InvalidRequest, ServiceError
from flows.model import Flow
from flows.webhooks.messages import EventType
from tasks.batches.member_request import member_request
from tasks.batches.model import Batch, Member, MemberEnd
from tasks.batches.view import finished_data
from tasks.outcome import problem
from tasks.services import Services
from tasks.store.base import End, State
from tasks.submit import submit

WINDOW = 200  #: Members under way at once, of all batches: what a quick worker does in a turn.
CHUNK = 20  #: Read, stored or claimed at once, without a rest; as many answers are in memory.
BATCHES_A_TURN = 20  #: The others have the next turns.
PEOPLE_MAY_WAIT = 4  #: More messages than this in the interactive queue are more than chance.
DEADLINE_MS = 10 * 60 * 1000  #: For a job from its start on: it may wait behind a whole window.

log = logging.getLogger(__name__)


def feed(services: Services) -> dict[str, int]:
    """One turn; returns how many members were started, and how many had which end.

    What goes wrong with one batch is logged, and the others go on. Raises PortUnavailable and
    StoreUnavailable when there is nothing to go on with.
    """
    done: Counter[str] = Counter()
    under_way: dict[str, int] = {}
    batches = services.feeding.open_batches(BATCHES_A_TURN)
    for batch in batches:
        with _apart(batch):
            under_way[batch.id] = _collect(services, batch, done)
    served = [batch for batch in batches if batch.id in under_way]
    room = WINDOW - sum(under_way.values()) if served and _nobody_waits(services) else 0
    started = _share_out(services, served, room, done)
    for batch in served:
        if not started[batch.id] and not under_way[batch.id]:
            with _apart(batch):
                _finish(services, batch)
    return dict(done)


def _share_out(
    services: Services, batches: Sequence[Batch], room: int, done: Counter[str]
) -> Mapping[str, int]:
    """Give each batch its part of the room, and what one does not need to the others; who got how much."""
    started: Counter[str] = Counter()
    hungry = batches
    while room > 0 and hungry:
        share, fed, hungry = -(-room // len(hungry)), hungry, []
        for batch in fed:
            part = min(share, room)
            with _apart(batch):
                taken = _hand_out(services, batch, part, done)
                started[batch.id] += taken
                room -= taken
                if taken == part:
                    hungry.append(batch)
    return started


@contextmanager
def _apart(batch: Batch) -> Iterator[None]:
    """Keep what is wrong with one batch from the others; its next turn tries again."""
    try:
        yield
    except ServiceError as error:
        log.warning("batch_waits", extra={"batch_id": batch.id, "code": error.code, "error": str(error)})


def _nobody_waits(services: Services) -> bool:
    return services.publisher.backlog(INTERACTIVE) <= PEOPLE_MAY_WAIT


def _collect(services: Services, batch: Batch, done: Counter[str]) -> int:
    """Store what has ended, and start what the ledger does not know; returns how many are under way."""
    services.feeding.begin_turn(batch)
    left = 0
    for members in _chunks(services.feeding.under_way(batch)):
        with services.pace.kept():
            left += _collect_some(services, batch, members, done)
    return left


def _collect_some(services: Services, batch: Batch, members: Sequence[Member], done: Counter[str]) -> int:
    ends = services.ledger.ends([member.job_id for member in members])
    lost = [member for member in members if member.job_id not in ends]
    collected = [_end_of(member, end) for member in members if (end := ends.get(member.job_id)) is not None]
    _settle(services, batch, collected, done)
    services.ledger.let_go([end.job_id for end in collected])
    _start(services, batch, lost, done)
    return len(members) - len(collected)


def _end_of(member: Member, end: End) -> MemberEnd:
    said = end.problem or (problem("job_cancelled", "the job was cancelled") if not end.result else None)
    return MemberEnd(member.position, member.job_id, end.state, said, end.result)


def _hand_out(services: Services, batch: Batch, room: int, done: Counter[str]) -> int:
    """Start up to so many members that wait; returns how many were taken."""
    taken = 0
    while taken < room:
        with services.pace.kept():
            members = services.feeding.claim(batch, min(CHUNK, room - taken))
            _start(services, batch, members, done)
        if not members:
            break
        taken += len(members)
    return taken


def _start(services: Services, batch: Batch, members: Sequence[Member], done: Counter[str]) -> None:
    """Submit the jobs of claimed members; whoever cannot be asked for fails alone."""
    if not members:
        return
    flow = _flow(services, batch)
    organisation = batch.request.get("orgId", batch.organisation)
    levels = services.feeding.levels(organisation, [member.user_id for member in members])
    refused = []
    for member in members:
        try:
            request = member_request(batch, member, levels, services.ports.catalogues)
        except InvalidInput as error:
            refused.append(MemberEnd(member.position, member.job_id, State.FAILED, _refusal(error)))
            continue
        deadline_ms = int(time() * 1000) + DEADLINE_MS
        submit(
            services,
            flow,
            request,
            lane=BATCH,
            deadline_ms=deadline_ms,
            request_id=f"batch-{batch.id}",
            job_id=member.job_id,
        )
        done["started"] += 1
    _settle(services, batch, refused, done)


def _flow(services: Services, batch: Batch) -> Flow:
    try:
        return services.flows.current()[batch.flow]
    except KeyError:
        raise FlowError("flows.json", 1, f"the current version has no flow {batch.flow}") from None


def _refusal(error: InvalidInput) -> dict[str, str]:
    first = error.errors[0] if isinstance(error, InvalidRequest) else error
    return problem(first.code, str(error))


def _settle(services: Services, batch: Batch, ends: Sequence[MemberEnd], done: Counter[str]) -> None:
    services.feeding.settle(batch, ends)
    for end in ends:
        BATCH_MEMBERS.labels(end.state).inc()
        done[end.state] += 1


def _finish(services: Services, batch: Batch) -> None:
    """End a batch with nothing left to do. It is told first: one that cannot be told is tried again."""
    now = services.batches.get(batch.organisation, batch.id)
    if now.left or now.state.ended:
        return
    if now.callback_url:
        data = finished_data(now)
        services.webhooks.enqueue(now.organisation, now.callback_url, EventType.BATCH_FINISHED, data)
    services.feeding.finish(now)


def _chunks(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    for start in range(0, len(members), CHUNK):
        yield members[start : start + CHUNK]
