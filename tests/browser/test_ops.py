"""The pages of operators as a person sees them: in a real browser, in light and in dark.

The browser sends all its requests through a proxy, which is the app itself: it adds the operator's login,
notes who was asked, and lets nothing leave the host.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from struct import unpack
from threading import Thread
from typing import Any, cast

import pytest
import redis
from flask import Flask
from prometheus_client import CollectorRegistry
from werkzeug.datastructures import Authorization
from werkzeug.serving import make_server

from app.answer_memory import AnswerMemory
from app.factory import create_app
from app.front import make_front
from app.health import Health
from app.parts import Parts
from config.queues import QUEUES
from config.settings import OperatorLogin, Settings
from flows.job_id import new_job_id
from tasks.completion import WaiterTable
from tasks.store.base import Outcome, Overdue, PoisonMessage, State
from tasks.store.in_memory import InMemoryLedger
from tasks.store.queue_depths import QueueDepths
from tasks.store.schedule_runs import Planned, ScheduleRuns
from tasks.store.worker_presence import WorkerPresence
from tests.factories import new_job, services_of
from tests.fakes.service import Quiet

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=NetworkTimeServiceQuerying,AutofillServerCommunication",
    "--hide-scrollbars",
)
BROWSERS_OWN = ("accounts.google.com", "clients2.google.com", "update.googleapis.com")  #: Whatever the page.
LIGHT, DARK = "1", "0"  #: As Blink counts colour schemes.
CREATED_MS = 1_735_732_800_000
HOSTILE = "<script>document.title='taken over'</script><img src=//192.0.2.1/x>"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (apt-get install chromium)"),
    pytest.mark.timeout(120),
]


class Seen(HTMLParser):
    """What a person sees of a page: its words, and the widths of the bars."""

    def __init__(self, dom: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.bars: list[dict[str, str | None]] = []
        self.feed(dom)

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "rect":
            self.bars.append(dict(attrs))

    @property
    def text(self) -> str:
        """All words, with one space between two."""
        return " ".join(self.words)


@dataclass
class Site:
    """The app behind its proxy."""

    address: str
    asked: list[str] = field(default_factory=list)  #: Method, host and path of each request.


@dataclass
class Browser:
    """Chromium with a profile of its own."""

    site: Site
    folder: Path

    def dom(self, path: str) -> Seen:
        """The page after the browser has loaded it."""
        return Seen(self._run(path, "--dump-dom"))

    def picture(self, path: str, scheme: str, width: int = 1200) -> bytes:
        """A PNG of the page."""
        file = self.folder / "picture.png"
        self._run(
            path,
            f"--screenshot={file}",
            f"--window-size={width},900",
            f"--blink-settings=preferredColorScheme={scheme}",
        )
        return file.read_bytes()

    def _run(self, path: str, *options: str) -> str:
        own = (
            f"--user-data-dir={self.folder / 'profile'}",
            f"--proxy-server=http://{self.site.address}",
            "--proxy-bypass-list=<-loopback>",
        )
        command = [str(CHROMIUM), *OPTIONS, *own, *options, f"http://{self.site.address}{path}"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=True)
        return done.stdout.decode()


@contextmanager
def served(app: Flask, login: OperatorLogin) -> Iterator[Site]:
    """Serve the app, and be the proxy of its browser."""
    header = Authorization("basic", {"username": login.name, "password": login.password}).to_header()
    asked: list[str] = []

    def proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        host = environ.get("HTTP_HOST", "")
        if not host.startswith(BROWSERS_OWN):
            asked.append(f"{environ['REQUEST_METHOD']} {host}{environ['PATH_INFO']}")
        if host != address:
            start_response("403 Forbidden", [])
            return []
        environ["HTTP_AUTHORIZATION"] = header
        return app.wsgi_app(environ, start_response)

    server = make_server("127.0.0.1", 0, proxy, threaded=True, request_handler=Quiet)
    address = f"127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Site(address, asked)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ledger() -> InMemoryLedger:
    """A ledger for which it is a fifth of a second after the jobs of these tests were created."""
    return InMemoryLedger(now_s=lambda: CREATED_MS / 1000 + 0.2)


@pytest.fixture
def site(ledger: InMemoryLedger, redis_client: "redis.Redis") -> Iterator[Site]:
    """The whole app: queues, workers and schedules are in a real Redis, jobs in memory."""
    presence, schedules = WorkerPresence(redis_client), ScheduleRuns(redis_client)
    presence.seen("interactive@host")
    schedules.announce([Planned("sweep_ledger", 60.0, "scheduled", 60.0, True)])
    services = services_of(
        None,
        ledger=ledger,
        presence=presence,
        schedules=schedules,
        queues=QueueDepths(redis_client, QUEUES),
    )
    health = Health(
        {"redis": dict, "upstreams": lambda: {"llm": {"breaker": "open", "processesNotAsking": 1}}}, {}
    )
    front = make_front(services, WaiterTable(), AnswerMemory(), threads=4)
    login = OperatorLogin("ann", "long-enough")
    app = create_app(Settings.from_env({}), Parts(front, health), CollectorRegistry(), login)
    with served(app, login) as site:
        yield site


@pytest.fixture
def browser(site: Site, tmp_path: Path) -> Browser:
    """A browser that has never been started."""
    return Browser(site, tmp_path)


def succeeded(ledger: InMemoryLedger) -> str:
    """A job with stages, one of which was skipped."""
    job = new_job(id=new_job_id(), flow="prompt_suggestions", created_ms=CREATED_MS)
    ledger.accept(job, 60_000)
    stages = [
        {"type": "context.features", "status": "ok", "ms": 25.0, "atMs": 25.0},
        {"type": "llm.rerank.qwen3", "status": "skipped", "ms": 50.0, "atMs": 50.0, "reason": HOSTILE},
    ]
    taken = ledger.start(job.id, 0, 1)
    assert taken is not None
    ledger.finish(taken, Outcome(state=State.SUCCEEDED, stages=stages, result="{}"))
    return job.id


def buried(ledger: InMemoryLedger) -> str:
    """A job that was given up, of a flow with a hostile name."""
    job = new_job(id=new_job_id(), flow=HOSTILE)
    ledger.accept(job, 60_000)
    overdue = Overdue(job.id, job.flow, job.version, State.QUEUED, 0, 1)
    ledger.bury(overdue, {"code": "attempts_used_up", "detail": HOSTILE})
    ledger.record_poison(PoisonMessage(at_ms=CREATED_MS, task="stage.a", reason="not JSON", body=HOSTILE))
    return job.id


def test_overview(browser: Browser, ledger: InMemoryLedger) -> None:
    """Queues with workers, jobs by state, dead letters, breakers."""
    succeeded(ledger)
    buried(ledger)
    text = browser.dom("/ops/").text
    assert text.startswith("Overview · Learning Service")
    assert "queue waiting oldest job workers interactive 0 \N{EN DASH} 1 llm 0 \N{EN DASH} none" in text
    assert "queued 0 running 0 succeeded 1 failed 1 cancelled 0" in text
    assert "jobs given up 1 messages nobody could read 1" in text
    assert "llm open 1" in text


def test_a_job(browser: Browser, ledger: InMemoryLedger) -> None:
    """Its bars stand where its stages began, and what came from outside is text."""
    seen = browser.dom(f"/ops/jobs/{succeeded(ledger)}")
    assert [bar["class"] for bar in seen.bars][:3] == ["waiting", "ok", "skipped"]
    _, first, second = (float(cast(str, bar["x"])) for bar in seen.bars[:3])
    assert second == pytest.approx(2 * first, abs=0.01)
    assert "context.features ok 25.0 25.00 llm.rerank.qwen3 skipped 50.0 50.00 <script>" in seen.text
    assert "taken over" not in seen.text.partition("Learning Service")[0]


def test_dead_letters(browser: Browser, ledger: InMemoryLedger) -> None:
    """Each with its button; hostile text stays text, also in the browser's hands."""
    job_id = buried(ledger)
    text = browser.dom("/ops/dead").text
    assert text.startswith("Dead letters · Learning Service")
    assert f"{job_id} Try again" in text
    assert f"stage.a not JSON {HOSTILE}" in text


@pytest.mark.parametrize("path", ["/ops/", "/ops/jobs", "/ops/dead", "/ops/schedules"])
def test_no_request_leaves_the_host(browser: Browser, ledger: InMemoryLedger, path: str) -> None:
    """A page, its style sheet and its icon come from the app, and nobody else is asked for anything."""
    succeeded(ledger)
    buried(ledger)
    browser.dom(path)
    here = f"GET {browser.site.address}"
    assert {f"{here}{path}", f"{here}/ops/static/ops.css"} <= set(browser.site.asked)
    assert [request for request in browser.site.asked if not request.startswith(f"{here}/ops/")] == []


def test_light_dark_and_narrow(browser: Browser, ledger: InMemoryLedger) -> None:
    """Each scheme has its picture, as wide as the window was."""
    path = f"/ops/jobs/{succeeded(ledger)}"
    light, dark = browser.picture(path, LIGHT), browser.picture(path, DARK)
    narrow = browser.picture(path, LIGHT, width=500)
    assert light != dark
    assert [unpack(">I", picture[16:20]) for picture in (light, dark, narrow)] == [(1200,), (1200,), (500,)]
