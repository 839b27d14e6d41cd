"""What a request takes when the language model is well, slow, dripping, hanging, broken, lying or gone.

Starts the whole embedded service with a fake model, loads it at a steady rate with requests that are in no
cache and all ask the model, one mode after the other, and prints a table. Run:
``PYTHONPATH=. .venv/bin/python tests/benchmarks/model_modes.py``. Shorter: ``--seconds 5 --modes hang dead``.
"""

import argparse
import re
from collections import Counter
from time import monotonic, sleep

from tests.benchmarks.whole_service import Service, load, whole_service
from tests.fakes.model_server import MODES, FakeModel

RERANKS, REFINES = "learning_reranks_total", "learning_refines_total"
BREAKER, STATES = "learning_upstream_breaker", {0: "closed", 1: "half-open", 2: "open"}
LABEL = re.compile(r'(?:outcome|fate)="([^"]*)"')


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--per-second", type=float, default=50)
    arguments.add_argument(
        "--slots", type=int, default=2, help="of the model, and children of the llm worker"
    )
    arguments.add_argument("--wait", type=int, help="seconds that requests wait; default: the flow's budget")
    arguments.add_argument("--modes", nargs="*", default=list(MODES), choices=list(MODES))
    given = arguments.parse_args()
    slots = {"LLM_SLOTS": str(given.slots), "LLM_CONCURRENCY": str(given.slots)}
    with FakeModel() as model, whole_service(OLLAMA_URL=model.url, **slots) as service:
        model.behave("normal 20 ms")
        load(service, 10, 3)  # Every process opens its stores with its first job.
        print(f"{given.per_second:g} requests/s for {given.seconds:g} s each, {given.slots} slots; ms")
        print(
            f"{'mode':14}{'p50':>8}{'p95':>8}{'p99':>8}{'worst':>8}  breaker    statuses, outcomes, reasons"
        )
        for mode in sorted(given.modes, key=list(MODES).index):  # After "dead" there is no other.
            show(service, model, mode, given)


def show(service: Service, model: FakeModel, mode: str, given: argparse.Namespace) -> None:
    """One line of the table, and what is behind it."""
    recover(service, model)
    model.behave(mode)
    before = {name: service.metric(name) for name in (RERANKS, REFINES)}
    done = load(service, given.per_second, given.seconds, wait_s=given.wait)
    states = service.metric(BREAKER)
    state = STATES[int(max((v for k, v in states.items() if '"llm"' in k), default=0))]
    outcomes = {name: service.metric(name) - before[name] for name in before}
    figures = "".join(f"{done.percentile(share):8.1f}" for share in (0.5, 0.95, 0.99, 1.0))
    print(f"{mode:14}{figures}  {state:10} {dict(done.statuses)}", flush=True)
    print(f"{'':14}outcomes {said(outcomes[RERANKS])}; refined {said(outcomes[REFINES])}", flush=True)
    print(f"{'':14}degraded {dict(done.reasons)} of {len(done.ms)}", flush=True)


def recover(service: Service, model: FakeModel, within_s: float = 30) -> None:
    """Until the model is asked again, and nothing of the mode before is left."""
    model.behave("normal 20 ms")
    until = monotonic() + within_s
    while monotonic() < until:
        done = load(service, 10, 1, threads=4)
        if not any("breaker" in reason or "timeout" in reason for reason in done.reasons):
            return
        sleep(0.5)


def said(counts: Counter[str]) -> dict[str, int]:
    """Counts by the last label."""
    found = {LABEL.search(labels): int(count) for labels, count in counts.items()}
    return {label[1]: count for label, count in found.items() if label}


if __name__ == "__main__":
    main()
