"""Drafting as a flow: from a request over a real server to drafts that wait to be looked at."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.question_bank import built_in_questions
from flows.deadline import Deadline
from flows.intelligence.drafting.model import Kind, State
from flows.intelligence.drafting.use import with_drafted_prompts, with_drafted_questions
from flows.intelligence.ranker.item import Item
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from flows.requests.drafts import drafts
from flows.run import FlowRun, run_flow
from flows.upstreams.breaker import BreakerSettings
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.model_server import ModelServer
from tasks.clients.writer import UpstreamWriter
from tasks.store.database import open_database
from tasks.store.drafts import StoredDrafts
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tests.fakes.upstream_server import UpstreamServer
from tests.ports import make_ports

FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["drafts"]
CATALOGUES = InMemoryCatalogues(built_in_catalogue)
SKILL = "react-hooks"
QUESTION = {
    "stem": "Which hook keeps a value between renders without causing another render?",
    "options": ["useRef", "useState", "useEffect", "useReducer"],
    "answer": "useRef",
    "explanation": "A ref is an object that stays the same, and changing it does not render again.",
    "difficulty": 2,
}
KNOWN = {"text": built_in_catalogue().skills[SKILL].prompts[0]}
TASK = {"text": "Write a hook that keeps the last five values of a state, and test that with a counter."}


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    with UpstreamServer() as running:
        yield running


@pytest.fixture
def store(sqlite_url: str) -> Iterator[StoredDrafts]:
    engine: Engine = open_database(sqlite_url)
    yield StoredDrafts(engine)
    engine.dispose()


def run(server: UpstreamServer, store: StoredDrafts, kind: Kind, api: str = "ollama") -> FlowRun:
    client = UpstreamClient(
        UpstreamSettings("llm", server.url, BreakerSettings(slow_s=60.0), RetryPolicy(attempts=1))
    )
    writer = UpstreamWriter(ModelServer(client, client, "qwen3:4b", api), Random(1))
    request = drafts("acme", SKILL, kind, CATALOGUES, catalogue="built-in", occasion="test")
    ports = make_ports(catalogues=CATALOGUES, writer=writer, drafts=store)
    found = run_flow(FLOW, request, ports, Deadline.after(20_000))
    client.close()
    return found


def says(server: UpstreamServer, *objects: dict[str, Any]) -> None:
    """The list was begun in the prompt, so its first bracket is not in the answer."""
    text = json.dumps(list(objects)).removeprefix("[")
    server.answers |= {
        "/api/generate": {"response": text},
        "/v1/completions": {"choices": [{"index": 0, "text": text}]},
    }


def asked(server: UpstreamServer) -> dict[str, Any]:
    (call,) = server.calls
    body: dict[str, Any] = json.loads(call.body)
    return body


@pytest.mark.parametrize("api", ["ollama", "openai"])
def test_what_passes_the_checks_waits_to_be_accepted(
    server: UpstreamServer, store: StoredDrafts, api: str
) -> None:
    """With the model that wrote it; what is wrong or there already is counted by its reason."""
    says(server, TASK, KNOWN, TASK, {"text": "short"}, {"words": "?"})
    result = run(server, store, Kind.PROMPT, api).result
    assert result is not None
    assert (result["stored"], result["model"]) == (1, "qwen3:4b")
    assert result["refused"] == {"duplicate": 2, "length": 1, "shape": 1}
    (kept,) = store.kept("acme")
    assert (kept.state, kept.model, kept.draft.headline) == (State.WAITING, "qwen3:4b", TASK["text"])
    prompt = asked(server)["prompt"]
    assert "Skill: React Hooks." in prompt
    assert KNOWN["text"][:40] in prompt
    assert prompt.endswith("</think>\n\n[")


def test_a_question_is_asked_once_it_was_accepted(server: UpstreamServer, store: StoredDrafts) -> None:
    """Beside those of the bank; before that nobody is asked."""
    says(server, QUESTION)
    assert run(server, store, Kind.QUESTION).result is not None
    (kept,) = store.kept("acme")
    bank = built_in_questions()
    assert with_drafted_questions(bank, store.accepted("acme")) is bank
    store.review("acme", kept.draft.id, State.ACCEPTED)
    more = with_drafted_questions(bank, store.accepted("acme"))
    assert [one.id for one in more.of(SKILL)][-1] == kept.draft.id
    assert more.questions[kept.draft.id].answer == "useRef"
    assert len(more.questions) == len(bank.questions) + 1


def test_a_prompt_is_offered_once_it_was_accepted(server: UpstreamServer, store: StoredDrafts) -> None:
    """With its skill, and on the evidence of that."""
    says(server, TASK)
    run(server, store, Kind.PROMPT)
    (kept,) = store.kept("acme")
    items = [Item(id=f"skill:{skill}", type="skill", title=skill, skill=skill) for skill in (SKILL, "sql")]
    assert with_drafted_prompts(items, store.accepted("acme")) == items
    store.review("acme", kept.draft.id, State.ACCEPTED)
    *before, drafted = with_drafted_prompts(items, store.accepted("acme"))
    assert before == items
    assert (drafted.id, drafted.title) == (f"prompt:{SKILL}/{kept.draft.id}", TASK["text"])
    assert with_drafted_prompts(items[1:], store.accepted("acme")) == items[1:]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"response": "I would rather not."}, "malformed"),
        ({"response": 7}, "malformed"),
        ([], "malformed"),
    ],
)
def test_a_model_that_writes_nothing_fails_the_job(
    server: UpstreamServer, store: StoredDrafts, answer: Any, reason: str
) -> None:
    """With the words of the model's outcomes; nothing is stored."""
    server.answers["/api/generate"] = answer
    found = run(server, store, Kind.PROMPT)
    assert (found.result, found.reasons) == (None, [f"llm.suggest.qwen3:{reason}"])
    assert store.kept("acme") == []


def test_a_dead_model_fails_the_job(server: UpstreamServer, store: StoredDrafts) -> None:
    """And leaves no trace."""
    server.behave("status", status=500)
    assert run(server, store, Kind.PROMPT).reasons == ["llm.suggest.qwen3:unavailable"]


def test_people_never_wait_for_it() -> None:
    """The stage may be in no flow that could run while somebody waits."""
    assert "interactive" not in STAGES["llm.suggest.qwen3"].lanes
    assert FLOW.lanes == ("refine", "batch")
