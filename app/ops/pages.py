"""``/ops``: queues, jobs, dead letters and schedules, for whoever operates the service.

Pages are made here whole, with one style sheet of their own: they are read with nothing but a browser,
and without script. What does not answer is said on the page, which comes all the same.
"""

import logging
from collections.abc import Callable
from time import time
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from app import parts
from app.errors import HTTP_CODES, STATUS
from app.ops.figures import WAITING, bars, clock, duration, moment, whole_ms
from app.ops.login import Door
from config.settings import OperatorLogin
from flows.errors import ServiceError, StoreUnavailable
from tasks.job_control import COUNTED, Wanted, cancel_job, count_jobs, dead_jobs, list_jobs, retry_job
from tasks.store.base import State
from tasks.store.schedule_runs import ScheduleState

T = TypeVar("T")
NAME = "ops"
LISTED = 100  #: Rows of a table.
ASKED = ("id", "state", "flow", "organisation")  #: Fields of the form above the list of jobs.
FASTEST_S, SLOWEST_S = 1, 3600  #: Between two loads of a page that refreshes itself.

#: Nothing from elsewhere, no script inside a page, no page inside another one, and nothing kept on the way.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

log = logging.getLogger(__name__)


def make_blueprint(login: OperatorLogin) -> Blueprint:
    """The pages, for whoever has the login."""
    door = Door(login)
    blueprint = Blueprint(
        NAME,
        __name__,
        url_prefix="/ops",
        static_folder="static",
        static_url_path="/static",
        template_folder="templates",
    )
    blueprint.before_request(lambda: door.refusal(request))
    blueprint.after_request(_with_headers)
    blueprint.context_processor(lambda: {"token": door.token, "now": moment(time() * 1000), **_refresh()})
    for filter_ in (duration, moment, clock):
        blueprint.add_app_template_filter(filter_)
    for path, method, view in ROUTES:
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    blueprint.register_error_handler(ServiceError, _service_error)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(Exception, _unexpected)
    return blueprint


def overview() -> str:
    """What is waiting, what is broken, and who is there. None stands for what nobody could say."""
    services, dependencies = parts.services(), parts.health().report()["dependencies"]
    upstreams = dependencies.get("upstreams", {})
    table = _if_there(services.schedules.table)
    return render_template(
        "ops/overview.html",
        dependencies=dependencies,
        queues=_if_there(services.queues.look),
        present=_if_there(services.presence.present) or {},
        states=_if_there(lambda: count_jobs(services)),
        counted=COUNTED,
        letters=_if_there(lambda: dead_jobs(services, LISTED)),
        listed=LISTED,
        breakers={name: said for name, said in upstreams.items() if isinstance(said, dict)},
        troubled=None if table is None else [state for state in table if in_trouble(state)],
    )


def jobs() -> Any:
    """The newest jobs, of one kind if asked so; or the one whose id was given."""
    asked = {name: request.args.get(name, "").strip() or None for name in ASKED}
    if asked["id"]:
        return redirect(url_for("ops.job", job_id=asked["id"]), 303)
    state = State(asked["state"]) if asked["state"] in set(State) else None
    wanted = Wanted(state=state, flow=asked["flow"], organisation=asked["organisation"])
    found = list_jobs(parts.services(), wanted, LISTED)
    return render_template("ops/jobs.html", jobs=found, wanted=wanted, states=list(State), listed=LISTED)


def job(job_id: str) -> str:
    """One job, stage by stage."""
    found = parts.services().ledger.read(job_id)
    whole = whole_ms(found, time() * 1000)
    return render_template(
        "ops/job.html", job=found, bars=bars(found, whole), whole_ms=whole, waiting=WAITING
    )


def dead() -> str:
    """What was given up."""
    return render_template("ops/dead.html", letters=dead_jobs(parts.services(), LISTED), listed=LISTED)


def schedules() -> str:
    """What runs by the clock."""
    return render_template("ops/schedules.html", schedules=parts.services().schedules.table())


def retry(job_id: str) -> Any:
    """Give a failed job a fresh set of attempts."""
    retry_job(parts.services(), job_id)
    return redirect(url_for("ops.job", job_id=job_id), 303)


def cancel(job_id: str) -> Any:
    """End a job that has not ended; of one that has, its page shows how."""
    cancel_job(parts.services(), job_id)
    return redirect(url_for("ops.job", job_id=job_id), 303)


def nothing(_: str) -> Any:
    """Any other address."""
    abort(404, "There is no such page.")


#: Path, method and view.
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("/", "GET", overview),
    ("/jobs", "GET", jobs),
    ("/jobs/<job_id>", "GET", job),
    ("/jobs/<job_id>/retry", "POST", retry),
    ("/jobs/<job_id>/cancel", "POST", cancel),
    ("/dead", "GET", dead),
    ("/schedules", "GET", schedules),
    ("/<path:_>", "GET", nothing),
)


def in_trouble(state: ScheduleState) -> bool:
    """True for a scheduled job that failed, or has not begun for long."""
    return state.overdue or (state.last is not None and state.last.status != "ok")


def _if_there(ask: Callable[[], T]) -> T | None:
    """What the store says; None where it does not answer: the page says so among the dependencies."""
    try:
        return ask()
    except StoreUnavailable:
        return None


def _refresh() -> dict[str, Any]:
    """Seconds after which a page loads again, if it was asked so, and the addresses that begin and end it."""
    seconds = request.args.get("refresh", type=int)
    stop = {name: value for name, value in request.args.items() if name != "refresh"}
    return {
        "refresh": min(max(seconds, FASTEST_S), SLOWEST_S) if seconds else None,
        "refresh_url": f"{quote(request.path)}?{urlencode({**stop, 'refresh': 5})}",
        "stop_url": f"{quote(request.path)}?{urlencode(stop)}",
    }


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _service_error(error: ServiceError) -> Response:
    return _not_shown(STATUS[error.code], error.code, str(error))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    return _not_shown(status, HTTP_CODES.get(status, "http_error"), str(error.description))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error)
    return _not_shown(500, "internal", "Something went wrong on our side; the log has it by X-Request-Id.")


def _not_shown(status: int, code: str, words: str) -> Response:
    """A page for what is not there or does not answer."""
    return Response(render_template("ops/error.html", code=code, words=words), status)
