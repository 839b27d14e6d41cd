"""A job's entry in Redis: the fields of its hash, there and back."""

import json
from collections.abc import Mapping
from urllib.parse import quote, unquote

from tasks.store.base import Callback, End, Job, NewJob, State
from tasks.store.redis_calls import dumps


def fields_of(job: NewJob) -> dict[str, str | int]:
    """The entry of a job that was just accepted."""
    fields: dict[str, str | int] = {
        "id": job.id,
        "organisation": job.organisation,
        "flow": job.flow,
        "version": job.version,
        "state": State.QUEUED,
        "step": 0,
        "attempt": 1,
        "created_ms": job.created_ms,
        "deadline_ms": job.deadline_ms,
        "run_lease_ms": job.run_lease_ms,
        "request_id": job.request_id,
        "lane": job.lane,
        "fingerprint": job.fingerprint,
        "doc": dumps({"request": job.request}),
    }
    if job.user_id:
        fields["user_id"] = job.user_id
    if job.refines:
        fields |= {"refines": job.refines, "answers": job.answers}
    if job.callback:
        fields["callbacks"] = callback_line(job.callback)
    return fields


def job_of(fields: Mapping[str, str]) -> Job:
    """The job as its entry has it."""
    finished, refine_until = fields.get("finished_ms"), fields.get("refine_until_ms")
    taken_at = fields.get("taken_at")
    return Job(
        id=fields["id"],
        organisation=fields["organisation"],
        flow=fields["flow"],
        version=fields["version"],
        state=State(fields["state"]),
        step=int(fields["step"]),
        attempt=int(fields["attempt"]),
        created_ms=int(fields["created_ms"]),
        deadline_ms=int(fields["deadline_ms"]),
        request_id=fields["request_id"],
        fingerprint=fields["fingerprint"],
        lane=fields["lane"],
        finished_ms=int(finished) if finished else None,
        doc=json.loads(fields.get("doc") or "{}"),
        stages=json.loads(fields.get("stages") or "[]"),
        result=fields.get("result") or None,
        problem=json.loads(fields["problem"]) if fields.get("problem") else None,
        callbacks=[read_callback(line) for line in fields.get("callbacks", "").splitlines()],
        user_id=fields.get("user_id"),
        refines=fields.get("refines", ""),
        answers=fields.get("answers", ""),
        refined_by=fields.get("refined_by") or None,
        refine_until_ms=int(refine_until) if refine_until else None,
        taken_at=int(taken_at) if taken_at else None,
    )


def end_of(state: str, result: str | None, problem: str | None) -> End | None:
    """How a job ended, from these fields; None for one under way."""
    ended = State(state)
    return End(ended, result or None, json.loads(problem) if problem else None) if ended.ended else None


def callback_line(callback: Callback) -> str:
    """A callback as a job's entry has it: neither part has a space or a new line in it."""
    return f"{quote(callback.organisation, safe='')} {callback.url}"


def read_callback(line: str) -> Callback:
    """The callback that a line stands for."""
    organisation, _, url = line.partition(" ")
    return Callback(unquote(organisation), url)
