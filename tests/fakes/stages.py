"""Stages that behave badly on purpose, for flows that only tests run."""

import os
import time
from collections.abc import Mapping
from typing import Any

from config.queues import INTERACTIVE, LLM
from flows.errors import PortUnavailable
from flows.model import Doc, Param, Stage, StageInput
from flows.registry import STAGES, make_registry


def _mark(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    return {"marks": [*doc.get("marks", []), given.params["text"]]}


def _is_light(doc: Doc, given: StageInput) -> bool:
    return bool(doc["request"]["light"])


def _answer(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    return {"answer": {"marks": doc.get("marks", []), "pid": os.getpid()}}


def _sleep(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    time.sleep(given.params["seconds"])
    return {}


def _stubborn(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """As a library would that swallows every exception."""
    until = time.monotonic() + given.params["seconds"]
    while time.monotonic() < until:
        try:
            time.sleep(0.01)
        except Exception:
            pass
    return {}


def _crash(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    os._exit(9)


def _refuse(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    raise PortUnavailable("nobody answers")


def _blunder(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    raise ZeroDivisionError("nobody foresaw this")


def _no_json(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    time.sleep(given.params["seconds"])
    return {"answer": {"set": {1}}}


SECONDS = {"seconds": Param(default=5.0, at_least=0)}
TEXT = {"text": Param(default="x")}

TEST_STAGES = make_registry(
    [
        *STAGES.values(),
        Stage(type="test.mark", run=_mark, reads=(), writes=("marks",), params=TEXT),
        Stage(type="test.mark_llm", run=_mark, reads=(), writes=("marks",), params=TEXT, queue=LLM),
        Stage(
            type="test.mark_light",
            run=_mark,
            reads=(),
            writes=("marks",),
            params=TEXT,
            queue=LLM,
            runs_anywhere=_is_light,
        ),
        Stage(type="test.answer", run=_answer, reads=(), writes=("answer",)),
        Stage(type="test.refuse", run=_refuse, reads=(), writes=()),
        Stage(type="test.blunder", run=_blunder, reads=(), writes=()),
        Stage(type="test.sleep", run=_sleep, reads=(), writes=(), params=SECONDS, queue=LLM),
        Stage(type="test.sleep_light", run=_sleep, reads=(), writes=(), params=SECONDS, queue=INTERACTIVE),
        Stage(type="test.stubborn", run=_stubborn, reads=(), writes=(), params=SECONDS, queue=LLM),
        Stage(
            type="test.no_json",
            run=_no_json,
            reads=(),
            writes=("answer",),
            params={"seconds": Param(default=0.0)},
        ),
        Stage(
            type="test.slow_no_json",
            run=_no_json,
            reads=(),
            writes=(),
            params={"seconds": Param(default=0.06)},
        ),
        Stage(type="test.crash", run=_crash, reads=(), writes=(), queue=LLM),
    ]
)


def flow(*stages: str | Mapping[str, Any], on_error: str = "fail", **fields: Any) -> dict[str, Any]:
    """A flow as ``flows.json`` has it, from stage types with the same ``onError``."""
    steps = [{"type": stage} if isinstance(stage, str) else dict(stage) for stage in stages]
    return {
        "budgetMs": 20_000,
        "cacheTtlS": 0,
        **fields,
        "stages": [{"timeoutMs": 100, "onError": on_error, **step} for step in steps],
    }
