"""``python -m tests.real_model.measure``: what a small real model gives in each mode, and how long it takes.

Prints, for each mode, how often the right one of ten candidates comes first, and the time of a question:
cold, with the instructions cached, and asked once more. It starts and ends the model's server itself.
"""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from flows.deadline import Deadline
from flows.errors import RerankFailed
from flows.intelligence.rerank.judging import judge
from flows.intelligence.rerank.port import Mode
from flows.intelligence.rerank.prompts import request_of
from flows.upstreams.breaker import BreakerSettings
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.model_server import ModelServer
from tasks.clients.reranker import UpstreamReranker
from tests.real_model.cases import CANDIDATES, Case, cases
from tests.real_model.running import model_server

PATIENCE_MS = 60_000


def first_choice(reranker: UpstreamReranker, mode: Mode, case: Case) -> int | None:
    """The place that the model puts first, None when it gives no order."""
    request = request_of(mode, f"asks {case.query}", case.titles)
    try:
        readings = reranker.score(request, Deadline.after(PATIENCE_MS)).readings
        return judge(mode, readings, len(case.titles)).order[0]
    except RerankFailed:
        return None


def measure(reranker: UpstreamReranker) -> None:
    """Print a line for each mode."""
    asked = cases()
    print(f"{len(asked)} questions, {CANDIDATES} candidates each; chance is {len(asked) / CANDIDATES:.1f}")
    print(f"{'mode':18} {'right':>5} {'no order':>8} {'cold ms':>8} {'median ms':>9} {'again ms':>8}")
    for mode in Mode:
        choices, took = [], []
        for case in asked:
            started = perf_counter()
            choices.append(first_choice(reranker, mode, case))
            took.append((perf_counter() - started) * 1000)
        started = perf_counter()
        first_choice(reranker, mode, asked[-1])
        again = (perf_counter() - started) * 1000
        right = sum(choice == case.right for choice, case in zip(choices, asked, strict=True))
        line = (right, choices.count(None), took[0], median(took[1:]), again)
        print(f"{mode:18} {line[0]:5} {line[1]:8} {line[2]:8.0f} {line[3]:9.0f} {line[4]:8.0f}", flush=True)


def main() -> None:
    """Start the server, measure, end it."""
    with tempfile.TemporaryDirectory() as folder, model_server(Path(folder)) as url:
        client = UpstreamClient(UpstreamSettings("llm", url, BreakerSettings(slow_s=60)))
        measure(UpstreamReranker(ModelServer(client, client, "gemma-3-270m", "llamacpp")))


if __name__ == "__main__":
    main()
