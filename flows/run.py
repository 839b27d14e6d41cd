"""Running stages: the same code in a worker, in the front and in a notebook."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

from flows.deadline import Deadline
from flows.errors import DoneWithReserve, NeverRan, ServiceError, StageError, StageTimeout
from flows.model import Doc, Flow, OnError, StageInput, Step
from flows.ports import Ports

Status = Literal["ok", "skipped", "replaced", "failed"]
STATUS: Mapping[OnError, Status] = {"skip": "skipped", "fallback": "replaced", "fail": "failed"}


@dataclass(frozen=True, slots=True)
class StageRun:
    """What came of one stage. ``reason`` is a code for what went wrong, empty when nothing did.

    ``error`` is set for an exception that nobody foresaw, so that the caller can log it.
    """

    type: str
    status: Status
    ms: float
    updates: Mapping[str, Any]
    reason: str = ""
    error: Exception | None = None

    def record(self) -> dict[str, Any]:
        """The run as it is kept in the ledger and shown to clients."""
        shown = {"type": self.type, "status": self.status, "ms": round(self.ms, 3)}
        return {**shown, "reason": self.reason} if self.reason else shown


def run_step(
    step: Step,
    doc: Doc,
    ports: Ports,
    deadline: Deadline,
    cut_off: tuple[type[Exception], ...] = (),
    seed: str = "",
) -> StageRun:
    """Run one step on a document and judge the outcome by the step's ``on_error``.

    ``cut_off`` names the exceptions by which the process ends a stage at its limit.
    """
    started = perf_counter()
    given = _given(step, ports, deadline, seed, cut_off)
    try:
        updates = step.stage.run(doc, given)
    except cut_off:
        return went_wrong(step, StageTimeout("cut off at its limit"), ms=(perf_counter() - started) * 1000)
    except DoneWithReserve as error:
        ms = (perf_counter() - started) * 1000
        return StageRun(step.stage.type, "ok", ms, error.updates, error.reason)
    except Exception as error:  # Also what nobody foresaw: a waiting caller must get its answer.
        return went_wrong(step, error, ms=(perf_counter() - started) * 1000)
    return StageRun(step.stage.type, "ok", (perf_counter() - started) * 1000, updates)


def runs_anywhere(step: Step, doc: Doc, ports: Ports, deadline: Deadline) -> bool:
    """True when the stage needs no worker of its own queue for this document."""
    if step.stage.runs_anywhere is None:
        return False
    try:
        return step.stage.runs_anywhere(doc, _given(step, ports, deadline))
    except Exception:  # What is wrong shows when the stage runs, and there it is judged.
        return False


def _given(
    step: Step,
    ports: Ports,
    deadline: Deadline,
    seed: str = "",
    cut_off: tuple[type[Exception], ...] = (),
) -> StageInput:
    sooner = deadline.sooner(step.timeout_ms)
    return StageInput(params=step.params, ports=ports, deadline=sooner, seed=seed, cut_off=cut_off)


def went_wrong(step: Step, error: Exception, *, ms: float) -> StageRun:
    """The run of a step that raised, or was cut off from outside.

    What a stage says in spite of its error stands beside the flow's fallback, and before it.
    """
    code = error.code if isinstance(error, ServiceError) else "unexpected_error"
    return StageRun(
        type=step.stage.type,
        status=STATUS[step.on_error],
        ms=ms,
        updates={**step.fallback, **error.updates} if isinstance(error, StageError) else step.fallback,
        reason=f"{step.stage.type}:{code}",
        error=None if isinstance(error, ServiceError) else error,
    )


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A whole flow, run. ``result`` is None when a stage failed; ``doc`` is what all have written."""

    runs: tuple[StageRun, ...]
    result: dict[str, Any] | None
    doc: Doc

    @property
    def reasons(self) -> list[str]:
        """Why the answer is degraded; empty when it is not."""
        return [run.reason for run in self.runs if run.reason]


def run_flow(
    flow: Flow,
    request: Mapping[str, Any],
    ports: Ports,
    deadline: Deadline,
    seed: str = "",
    queues: Collection[str] | None = None,
) -> FlowRun:
    """Run a flow in this process, without queue or ledger.

    ``queues``: stages of other ones count as never run, unless they would do nothing that needs
    their workers. None runs all.
    """
    doc: Doc = {"request": dict(request)}
    runs: list[StageRun] = []
    for step in flow.steps:
        here = queues is None or step.stage.queue in queues or runs_anywhere(step, doc, ports, deadline)
        if here:
            run = run_step(step, doc, ports, deadline, seed=seed)
        else:
            run = went_wrong(step, NeverRan("it needs a worker of its own"), ms=0.0)
        runs.append(run)
        doc.update(run.updates)
        if run.status == "failed":
            return FlowRun(tuple(runs), None, doc)
    return FlowRun(tuple(runs), doc.get("answer"), doc)


def result_of(doc: Doc, *, decision_id: str, version: str, reasons: list[str]) -> dict[str, Any]:
    """The body of an answer: what the last stage wrote, and what is true of every answer."""
    return {
        **doc["answer"],
        "decisionId": decision_id,
        "flowVersion": version,
        "degraded": bool(reasons),
        "degradedReasons": reasons,
    }
