"""When drafts are made, and what the command line shows of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.queues import BATCH
from flows.errors import UnknownName
from flows.intelligence.drafting.model import Kind, draft_of
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from flows.requests.drafts import FLOW
from manage import cli
from tasks.drafting import due, start, start_due
from tasks.services import Services
from tasks.store.database import open_database, upgrade
from tasks.store.drafts import StoredDrafts
from tasks.store.in_memory import InMemoryLedger
from tests.factories import RecordingPublisher, services_of
from tests.fakes.reranker import SpokenReranker
from tests.ports import make_ports

SKILLS = ("react-hooks", "no-questions-yet", "javascript-async")


class Published:
    """The flows of the service."""

    def current(self) -> Any:
        return load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)


class RoomFor(SimpleNamespace):
    """Drafts that only these organisations want more of."""

    organisations: tuple[str, ...] = ()

    def with_room(self, most: int) -> tuple[str, ...]:
        return self.organisations


def services(per_hour: int, *organisations: str, configured: bool = True) -> Services:
    ports = make_ports(
        reranker=SpokenReranker(configured=configured), drafts=RoomFor(organisations=organisations)
    )
    return services_of(Published(), ledger=InMemoryLedger(), ports=ports, drafts_per_hour=per_hour)


def published(of: Services) -> list[str]:
    assert isinstance(of.publisher, RecordingPublisher)
    return [job_id for job_id, _, _ in of.publisher.published]


def test_the_poorest_skills_come_first() -> None:
    """And the same hour plans the same, another one something else."""
    ((organisation, skill, kind),) = due(1, 1, ["acme"], SKILLS)
    assert (organisation, skill) == ("acme", "no-questions-yet")
    assert kind in set(Kind)
    plans = [due(3, hour, ["acme", "rival"], SKILLS) for hour in range(9)]
    assert plans == [due(3, hour, ["acme", "rival"], SKILLS) for hour in range(9)]
    assert len({str(plan) for plan in plans}) > 1
    assert (due(2, 1, [], SKILLS), due(2, 1, ["acme"], [])) == ([], [])


def test_so_many_are_started_an_hour() -> None:
    """On the lane of batches, as jobs of the flow that drafts."""
    some = services(3, "acme")
    assert start_due(some, 7) == 3
    jobs = [some.ledger.read(job_id) for job_id in published(some)]
    assert {(job.flow, job.lane, job.organisation) for job in jobs} == {(FLOW, BATCH, "acme")}
    assert len({job.doc["request"]["skill"] for job in jobs}) == 3


@pytest.mark.parametrize("nobody", [services(0, "acme"), services(3), services(3, "acme", configured=False)])
def test_nothing_is_drafted_unless_it_is_wanted(nobody: Services) -> None:
    """Not by default, not without a model, and not for who has enough to look at."""
    assert start_due(nobody, 7) == 0
    assert published(nobody) == []


def test_an_unknown_skill_is_refused_at_once() -> None:
    """With the nearest ones."""
    with pytest.raises(UnknownName, match="react-hooks"):
        start(services(0), "acme", "react-hoks", Kind.PROMPT, catalogue="built-in", occasion="x")


def test_drafts_are_shown_accepted_and_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whoever runs the service, in words that say all of it."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'learning.db'}"
    upgrade(url)
    content = {"stem": "Which?", "answer": "Yes", "distractors": ["No", "Perhaps", "Later"]}
    one = draft_of(Kind.QUESTION, "sql", content | {"explanation": "So it is.", "difficulty": 1})
    engine = open_database(url)
    StoredDrafts(engine).add("demo", [one], "qwen3:4b")
    engine.dispose()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["drafts", *arguments])

    shown = run("list", "--state", "waiting").output
    for words in (one.id, "waiting question sql (qwen3:4b, ", "Which?", "+ Yes", "- Perhaps", "So it is."):
        assert words in shown
    assert "accepted" in run("accept", one.id).output
    assert run("list", "--state", "waiting").output == ""
    assert "rejected" in run("reject", one.id).output
    assert run("accept", "draft-none").exit_code == 1
    assert "OLLAMA_URL is not set" in run("make", "--skill", "sql").output
