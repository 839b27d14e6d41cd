"""What is recorded about a job that has ended."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from time import time
from typing import Any

from config import keys
from flows.decisions.reading import decision_of
from flows.decisions.text import bounded_text
from flows.model import Doc, Flow
from flows.refine import has_helped
from flows.run import StageRun, result_of
from tasks.store.base import Job, Outcome, State

StageRecords = Sequence[Mapping[str, Any]]

log = logging.getLogger(__name__)


def stage_record(job: Job, run: StageRun, now_s: Callable[[], float] = time) -> dict[str, Any]:
    """The record of a stage that has just ended, with when it began: milliseconds after the job's creation,
    by two clocks where front and worker run on two machines.
    """
    return {**run.record(), "atMs": round(max(0.0, now_s() * 1000 - job.created_ms - run.ms), 3)}


def success(
    job: Job, flow: Flow, doc: Doc, stages: StageRecords, now_s: Callable[[], float] = time
) -> Outcome:
    """The outcome of a job whose last stage has run."""
    reasons = [stage["reason"] for stage in stages if stage.get("reason")]
    result = result_of(doc, decision_id=job.id, version=flow.version, reasons=reasons)
    ttl_s = min(flow.cache_ttl_s, keys.DEGRADED_ANSWER_TTL_S) if reasons else flow.cache_ttl_s
    helped = not job.refines or has_helped(flow, stages)
    if job.refines:
        result |= {"refined": helped, "refines": job.refines}
    return Outcome(
        state=State.SUCCEEDED,
        stages=stages,
        result=json.dumps(result, separators=(",", ":"), ensure_ascii=False),
        answer_ttl_s=ttl_s if helped else 0,
        stale_s=flow.stale_s,
        # What no caller will ever see is no decision.
        decision=_decision(job, flow, doc, stages, now_s() * 1000) if helped else "",
    )


def _decision(job: Job, flow: Flow, doc: Doc, stages: StageRecords, ended_ms: float) -> str:
    """What the log is to have of the answer; its id is the one that the answer names."""
    try:
        decision = decision_of(
            doc,
            stages,
            decision_id=job.id,
            organisation=job.organisation,
            flow=flow.name,
            flow_version=flow.version,
            asked_ms=job.created_ms,
            ended_ms=ended_ms,
        )
        return bounded_text(decision)
    except Exception as error:  # An answer is worth more than its entry in the log.
        log.error("decision_unreadable", extra={"job_id": job.id}, exc_info=error)
        return ""


def failure(reason: str, detail: str, stages: StageRecords = ()) -> Outcome:
    """The outcome of a job that could not be answered. ``reason`` is a stable code."""
    return Outcome(state=State.FAILED, stages=stages, problem=problem(reason, detail))


def problem(reason: str, detail: str) -> dict[str, str]:
    """Why a job failed, as it is kept in the ledger and shown in the job."""
    return {"code": reason, "detail": detail}
