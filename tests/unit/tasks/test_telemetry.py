"""What a worker counts of its work."""

from prometheus_client import REGISTRY

from flows.errors import RerankFailed
from flows.model import Step
from flows.registry import STAGES
from flows.run import StageRun, went_wrong
from tasks.store.in_memory import InMemoryLedger
from tasks.telemetry import observe_stage
from tests.factories import new_job


def counted(outcome: str) -> float:
    labels = {"flow": "telemetry_test", "outcome": outcome}
    return REGISTRY.get_sample_value("learning_reranks_total", labels) or 0.0


def test_orders_of_a_model_are_counted_by_outcome() -> None:
    """Those that were used, those that were not asked for, and those that failed; no other stage counts."""
    ledger = InMemoryLedger()
    job = ledger.start(ledger.accept(new_job(flow="telemetry_test"), 60_000).job_id, 0, 1)
    assert job is not None
    step = Step(stage=STAGES["llm.rerank.qwen3"], params={}, timeout_ms=150, on_error="skip")
    busy = RerankFailed("busy", "no slot", updates={"llm": {"outcome": "busy"}})
    for run in (
        StageRun("llm.rerank.qwen3", "ok", 1.0, {"llm": {"outcome": "ok"}}),
        StageRun("rank.blend", "ok", 1.0, {"ranking": []}),
        went_wrong(step, busy, ms=1.0),
    ):
        observe_stage(job, run)
    assert (counted("ok"), counted("busy"), counted("timeout")) == (1.0, 1.0, 0.0)
