"""The flow ``optimize_model``, run as a worker runs it, on observations in memory."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.built_in_models import built_in_models
from flows.deadline import Deadline
from flows.intelligence.routing.observations import ModelObservation
from flows.intelligence.routing.timings import TimingTally
from flows.loader import BUILT_IN_FILE, load_flows
from flows.ports import ModelObservations
from flows.registry import STAGES
from flows.requests.optimize_model import optimize_model
from flows.run import run_flow
from tasks.store.demo_models import observation_rows
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_model_observations import InMemoryModelObservations
from tests.ports import make_ports

SENT = {"task": "code review", "language": "Python", "complexity": "high", "latencyBudget": 200}
MORNING = datetime(2025, 1, 6, 9, tzinfo=UTC)


def answer(
    models: ModelObservations,
    organisation: str = "demo",
    params: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """The flow's answer to the sample request with changes."""
    text = json.loads(BUILT_IN_FILE.read_text("utf-8"))
    text["flows"]["optimize_model"]["stages"][0]["params"] = params or {}
    flow = load_flows(json.dumps(text), STAGES)["optimize_model"]
    request = optimize_model(organisation, {**SENT, **changes}, built_in_models())
    ports = make_ports(
        catalogues=InMemoryCatalogues(built_in_catalogue), learners=InMemoryLearners(), models=models
    )
    run = run_flow(flow, request, ports, Deadline.after(60_000))
    assert run.result is not None, run.runs
    return run.result


@pytest.fixture(scope="module")
def demo() -> InMemoryModelObservations:
    """What the demo organisations observed."""
    store = InMemoryModelObservations()
    for row in observation_rows(date(2025, 1, 6), "demo"):
        organisation = row.pop("organisation_id")
        store.record(organisation, ModelObservation(**row))
    return store


def reasons(found: dict[str, Any]) -> dict[str, str]:
    return {one["model"]: one["reason_not_selected"] for one in found["reasoning"]["alternatives"]}


def test_the_sample_request(demo: InMemoryModelObservations) -> None:
    """The model of the sample, with a specialization, a latency and an accuracy; codellama is too slow."""
    found = answer(demo)
    factors = found["reasoning"]["factors"]
    assert found["selectedModel"] == "qwen2.5-coder:7b"
    assert factors[0] == "Python specialization: HIGH"
    assert factors[1].startswith("Latency: 1")
    assert factors[1].endswith("ms (p90, within budget)")
    assert factors[2].startswith("Accuracy for code review: 0.9")
    assert reasons(found)["codellama:13b"].startswith("Latency 3")
    assert reasons(found)["codellama:13b"].endswith("exceeds the budget of 200ms")
    assert (found["exploration"], found["propensity"], found["assumptions"]) == (False, 1.0, [])


def test_other_observations_give_another_answer() -> None:
    """When the sample's model does badly, another one is selected."""
    store = InMemoryModelObservations()
    for number in range(40):
        store.record(
            "demo",
            ModelObservation(
                id=str(number),
                model="qwen2.5-coder:7b",
                task="code review",
                language="Python",
                complexity="high",
                quality=0.2,
                latency_ms=100.0,
                at=MORNING,
            ),
        )
    found = answer(store)
    assert found["selectedModel"] != "qwen2.5-coder:7b"
    assert reasons(found)["qwen2.5-coder:7b"].startswith("Expected quality 0.2")


def test_who_observed_nothing_is_answered_from_the_cards(demo: InMemoryModelObservations) -> None:
    """All is estimated, which is said, also that nobody knows whether the model is installed."""
    found = answer(demo, "nobody")
    assert found["expected"]["observations"] == 0
    assert "estimated" in found["reasoning"]["factors"][1]
    assert found["assumptions"] == [
        "Which models are installed is not known, and the selected one was never used here"
    ]


def test_only_installed_models_are_selected() -> None:
    """What the local server has decides among local models, and then nothing is assumed."""
    found = answer(InMemoryModelObservations(available={"codellama:13b"}), latencyBudget=400)
    assert (found["selectedModel"], found["assumptions"]) == ("codellama:13b", [])


def test_names_are_understood(demo: InMemoryModelObservations) -> None:
    """The nearest known name is taken, and the answer says so; without one everything counts."""
    found = answer(demo, task="debuging", language="js")
    assert found["understoodAs"] == {"task": "debugging", "language": "JavaScript"}
    assert found["assumptions"] == [
        "The task 'debuging' is taken as 'debugging'",
        "The language 'js' is taken as 'JavaScript'",
    ]
    found = answer(demo, task="poetry", language="COBOL")
    assert found["understoodAs"] == {"task": None, "language": None}
    assert [said[:18] for said in found["assumptions"]] == ["No task like 'poet", "No language like '"]


def test_a_task_that_only_the_organisation_knows() -> None:
    """What was observed is known; only models that were tried on it may be used."""
    store = InMemoryModelObservations()
    use = {"model": "llama3.1:8b", "task": "commit messages", "quality": 0.9, "latency_ms": 90.0}
    store.record("demo", ModelObservation(id="1", at=MORNING, **use))
    found = answer(store, task="Commit-Messages")
    assert (found["selectedModel"], found["understoodAs"]["task"]) == ("llama3.1:8b", "commit messages")
    assert all(said.startswith("Not made for commit messages") for said in reasons(found).values())


def test_only_the_names_that_are_used_most_are_known() -> None:
    """Two hundred of an organisation's own; one that was used once beside them is forgotten."""
    store = InMemoryModelObservations()
    names = [f"chore {number}" for number in range(200) for _ in range(2)] + ["zzyzx"]
    for number, task in enumerate(names):
        use = ModelObservation(id=str(number), model="qwen3:8b", task=task, latency_ms=90.0, at=MORNING)
        store.record("demo", use)
    assert answer(store, task="Chore 199")["understoodAs"]["task"] == "chore 199"
    assert answer(store, task="zzyzx")["understoodAs"]["task"] is None


def test_nothing_fits(demo: InMemoryModelObservations) -> None:
    """An answer without a model: the nearest one, and what it would take."""
    found = answer(demo, latencyBudget=5)
    assert (found["selectedModel"], found["reasoning"]["factors"]) == (None, [])
    assert found["nearest"]["model"] == "qwen2.5-coder:1.5b"
    assert found["optimization"].startswith("A latency budget of 69ms instead of 5ms")


def test_exploration_is_off_until_the_flow_says_so(demo: InMemoryModelObservations) -> None:
    """Then the answer says so, with a propensity under one, and equal requests get equal answers."""
    params = {"exploration": True, "propensityFloor": 0.05}
    first, second = (answer(demo, params=params, latencyBudget=2000) for _ in range(2))
    assert first == second
    assert first["exploration"] is True
    assert 0.05 <= first["propensity"] < 1


def test_the_own_model_is_judged_by_its_times() -> None:
    """A machine on which it takes seconds keeps it out of a short budget, and the answer says why."""
    slow = TimingTally(
        model="qwen3:8b", prompt_tokens=420.0, calls=240, total_ms=2_000.0, total_ms_squared=4.1e6
    )
    found = answer(InMemoryModelObservations(timings=[slow]), latencyBudget=600)
    assert found["selectedModel"] != "qwen3:8b"
    said = answer(
        InMemoryModelObservations(timings=[slow]), latencyBudget=600, policy={"allow": ["qwen3:8b"]}
    )
    assert said["selectedModel"] is None
    assert "p90, timed here in 240 calls of about 420 tokens" in said["nearest"]["reason_not_selected"]
    fast = TimingTally(
        model="qwen3:8b", prompt_tokens=420.0, calls=240, total_ms=20.0, total_ms_squared=401.0
    )
    known = answer(InMemoryModelObservations(timings=[fast]), policy={"allow": ["qwen3:8b"]})
    assert known["selectedModel"] == "qwen3:8b"
    assert any("timed here in 240 calls" in factor for factor in known["reasoning"]["factors"])
    assert not any("never used here" in assumption for assumption in known["assumptions"])
