"""What is recorded about a job that has ended."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from config import keys
from flows.model import Doc, Flow
from flows.run import result_of
from tasks.store.base import Job, Outcome, State

StageRecords = Sequence[Mapping[str, Any]]


def success(job: Job, flow: Flow, doc: Doc, stages: StageRecords) -> Outcome:
    """The outcome of a job whose last stage has run."""
    reasons = [stage["reason"] for stage in stages if stage.get("reason")]
    result = result_of(doc, decision_id=job.id, version=flow.version, reasons=reasons)
    ttl_s = min(flow.cache_ttl_s, keys.DEGRADED_ANSWER_TTL_S) if reasons else flow.cache_ttl_s
    return Outcome(
        state=State.SUCCEEDED,
        stages=stages,
        result=json.dumps(result, separators=(",", ":"), ensure_ascii=False),
        answer_ttl_s=ttl_s,
    )


def failure(reason: str, detail: str, stages: StageRecords = ()) -> Outcome:
    """The outcome of a job that could not be answered. ``reason`` is a stable code."""
    return Outcome(state=State.FAILED, stages=stages, problem=problem(reason, detail))


def problem(reason: str, detail: str) -> dict[str, str]:
    """Why a job failed, as it is kept in the ledger and shown in the job."""
    return {"code": reason, "detail": detail}
