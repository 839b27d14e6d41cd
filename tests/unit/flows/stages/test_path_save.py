"""The stage that saves a path, and the flow that ends with it."""

import pytest

from flows.deadline import Deadline
from flows.errors import PathNotFound, PortUnavailable
from flows.loader import BUILT_IN_FILE, load_flows
from flows.model import Doc, StageInput
from flows.registry import STAGES
from flows.requests.learning_path import learning_path
from flows.run import FlowRun, run_flow
from flows.stages.path_save import STAGE
from tasks.store.in_memory_saved_paths import InMemorySavedPaths
from tests.ports import make_ports

FLOWS = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
SENT = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}


class Broken(InMemorySavedPaths):
    """A store that does not answer."""

    def save(self, *_: object) -> None:
        raise PortUnavailable("the database did not answer")


def run(flow: str, paths: InMemorySavedPaths, seed: str = "a1") -> FlowRun:
    """Run a built-in flow as the job of that id."""
    ports = make_ports(saved_paths=paths)
    request = learning_path("acme", SENT, ports.catalogues)
    return run_flow(FLOWS[flow], request, ports, Deadline.after(60_000), seed)


def test_the_answer_is_saved_under_the_id_of_the_job() -> None:
    """What is saved is what the flow was asked and what it answers."""
    paths = InMemorySavedPaths()
    result = run("saved_learning_path", paths).result
    saved = paths.get("acme", "a1")
    assert (saved.user_id, saved.goal, saved.request["weeks"], saved.plan) == ("ann", "frontend", 6, result)


def test_the_published_flow_answers_the_same_and_saves_nothing() -> None:
    """Both flows plan alike; only one keeps the path."""
    paths = InMemorySavedPaths()
    assert run("learning_path", paths).result == run("saved_learning_path", InMemorySavedPaths()).result
    with pytest.raises(PathNotFound):
        paths.get("acme", "a1")


def test_a_stage_that_runs_again_saves_nothing_more() -> None:
    """A job that is tried twice leaves one path: the first that was saved."""
    paths = InMemorySavedPaths()
    run("saved_learning_path", paths)
    first = paths.get("acme", "a1")
    run("saved_learning_path", paths)
    assert paths.get("acme", "a1") == first
    assert len(paths.of_user("acme", "ann", limit=10)) == 1


def test_an_answer_that_could_not_be_saved_says_so() -> None:
    """Without the store the path is answered all the same, degraded, with the reason."""
    made = run("saved_learning_path", Broken())
    assert made.reasons == ["path.save:port_unavailable"]
    assert made.result is not None
    assert made.result["path"]


def test_without_a_job_nothing_is_saved() -> None:
    """A run that no job stands behind has no id to save under, and says so."""
    paths = InMemorySavedPaths()
    assert run("saved_learning_path", paths, seed="").reasons == ["path.save:stage_failed"]
    assert list(paths.of_user("acme", "ann", limit=10)) == []


def test_the_stage_adds_nothing_to_the_document() -> None:
    """What was answered stays as it was."""
    doc: Doc = {"request": {"organisation": "acme", "userId": "ann", "goal": "g"}, "answer": {"path": []}}
    given = StageInput(params={}, ports=make_ports(), deadline=Deadline.after(1000), seed="a1")
    assert STAGE.run(doc, given) == {}
