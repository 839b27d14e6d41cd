"""The stages and flows of the fault suite, beside those of the product.

``faults.effect`` is the effect that must happen once: it writes a line per run to a file, so that a
second run shows. ``test.answer`` says which process ran it.
"""

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery.exceptions import Ignore

from config.queues import LLM
from flows.loader import BUILT_IN_FILE
from flows.model import Doc, Param, Stage, StageInput
from flows.registry import STAGES
from tests.fakes.stages import TEST_STAGES, flow

EFFECTS_VARIABLE = "FAULTS_EFFECTS"  #: Names the file of effects in the environment of every process.
VERSION = "faults"


def _effect(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """One line per run. O_APPEND and one write: lines of many processes do not mix."""
    line = f"{given.seed} {os.getpid()} {time.time():.3f}\n".encode()
    file = os.open(os.environ[EFFECTS_VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)
    return {}


def _hold(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    time.sleep(given.params["seconds"])
    return {}


def _crash(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """As a library might that is not written in Python."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def _ignore(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """As a library might that knows Celery: a plain Celery chain ends here and tells nobody."""
    raise Ignore


SECONDS = {"seconds": Param(default=0.3, at_least=0)}

FAULT_STAGES = {
    stage.type: stage
    for stage in (
        *(stage for stage in TEST_STAGES.values() if stage.type not in STAGES),
        Stage(type="faults.effect", run=_effect, reads=(), writes=()),
        Stage(type="faults.hold", run=_hold, reads=(), writes=(), params=SECONDS),
        Stage(type="faults.hold_llm", run=_hold, reads=(), writes=(), params=SECONDS, queue=LLM),
        Stage(type="faults.crash", run=_crash, reads=(), writes=()),
        Stage(type="faults.ignore", run=_ignore, reads=(), writes=()),
    )
}

EFFECT, ANSWER = "faults.effect", "test.answer"
MARK, MARK_LLM = "test.mark", "test.mark_llm"
SKIPPED = {"onError": "skip"}


def _hold_for(seconds: float, stage: str = "faults.hold", **more: Any) -> dict[str, Any]:
    return {"type": stage, "params": {"seconds": seconds}, "timeoutMs": int(seconds * 1000) + 100, **more}


FAULT_FLOWS = {
    "plain": flow(MARK, EFFECT, ANSWER, budgetMs=250, cacheTtlS=60),
    "slow": flow(_hold_for(0.3), EFFECT, ANSWER, budgetMs=250),
    "held": flow(EFFECT, _hold_for(1.0), ANSWER, budgetMs=250),
    "crossing": flow(MARK, MARK_LLM, EFFECT, ANSWER, budgetMs=250),
    "model": flow(MARK, _hold_for(0.12, "faults.hold_llm", **SKIPPED), EFFECT, ANSWER, budgetMs=250),
    "too_slow": flow(
        MARK, {"type": "test.sleep", "params": {"seconds": 10.0}, **SKIPPED}, EFFECT, ANSWER, budgetMs=250
    ),
    "stubborn": flow(
        MARK, {"type": "test.stubborn", "params": {"seconds": 5.0}, **SKIPPED}, EFFECT, ANSWER, budgetMs=250
    ),
    "crashing": flow(MARK, "faults.crash", ANSWER, budgetMs=250),
    "ignored": flow("faults.ignore", ANSWER, budgetMs=250),
}


def learn_stages() -> None:
    """Make the product's registry know the suite's stages, before an entry point of it is imported."""
    STAGES.update(FAULT_STAGES)


def write_flows(file: Path) -> Path:
    """Write the product's flows and the suite's, as the file that a start publishes."""
    document = json.loads(BUILT_IN_FILE.read_text("utf-8"))
    document["version"] = VERSION
    document["flows"] |= FAULT_FLOWS
    file.write_text(json.dumps(document), "utf-8")
    return file
