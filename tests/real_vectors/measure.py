"""``python -m tests.real_vectors.measure FOLDER``: what meaning adds to words, on errors and explanations.

FOLDER has files NAME.json (a list of objects with ``id`` and ``explanation``) and NAME_queries.json (with
``id`` and ``error``), as ``manage.py evaluate errors`` reads them. Each explanation is a memory, each error
a question.
"""

import json
import sys
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from time import perf_counter

from flows.memory.port import MemoryBank
from tasks.store.database import open_database, upgrade
from tasks.store.memories import StoredMemories
from tests.memories import NOW, remembered
from tests.real_model.running import model_server
from tests.real_vectors.engine import EngineServer
from tests.vectors import vectors_at

DEEP = 10
HEAD = f"{'questions':24} {'by':8} {'R@1':>6} {'R@3':>6} {'R@10':>6} {'MRR@10':>7} {'median ms':>10}"


def main(folder: Path) -> None:
    """Measure each pair of files."""
    print(HEAD)
    with TemporaryDirectory() as work, model_server(Path(work), "tests.real_vectors.minilm") as model:
        for file in sorted(folder.glob("*_queries.json")):
            place = Path(work) / file.stem
            (place / "shards").mkdir(parents=True)
            measure(folder / file.name.replace("_queries", ""), file, place, model)


def measure(documents: Path, questions: Path, work: Path, model: str) -> None:
    """One pair of files."""
    upgrade(url := f"sqlite:///{work / 'memories.db'}")
    engine = open_database(url)
    env = {"EMBEDDING_URL": model, "EMBEDDING_MODEL": "all-minilm-l6-v2", "EMBEDDING_API": "openai"}
    with vectors_at(engine, EngineServer(work / "shards"), **env) as place:
        texts = {each["id"]: each["explanation"] for each in json.loads(documents.read_text("utf-8"))}
        place.bank.add("acme", [remembered(name, text) for name, text in texts.items()])
        place.vectors.index.reconcile(600.0)
        asked = [
            (each["id"], each["error"])
            for each in json.loads(questions.read_text("utf-8"))
            if each["id"] in texts
        ]
        for name, bank in (("words", StoredMemories(engine)), ("both", place.bank)):
            print(f"{questions.stem:24} {name:8} {line(bank, asked)}", flush=True)


def line(bank: MemoryBank, asked: list[tuple[str, str]]) -> str:
    """Figures of one bank."""
    ranks, times = [], []
    for name, error in asked:
        started = perf_counter()
        found = bank.recall("acme", "ann", error, DEEP, now=NOW)
        times.append((perf_counter() - started) * 1000)
        ranks.append(next((place for place, each in enumerate(found, 1) if each.memory.id == name), DEEP + 1))
    within = [fmean(rank <= depth for rank in ranks) for depth in (1, 3, DEEP)]
    reciprocal = fmean(1 / rank if rank <= DEEP else 0 for rank in ranks)
    return " ".join(f"{value:6.3f}" for value in within) + f" {reciprocal:7.3f} {median(times):10.1f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
