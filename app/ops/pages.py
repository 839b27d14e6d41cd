"""``/ops``: queues, jobs, dead letters and schedules, for whoever operates the service.

Pages are made here whole, with one style sheet of their own: they are read with nothing but a browser,
and without script. What does not answer is said on the page, which comes all the same.
"""

from collections.abc import Callable
from time import time
from typing import Any, TypeVar

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app import parts
from app.errors import STATUS
from app.ops.figures import bars, clock, duration, moment, whole_ms
from app.ops.login import Door, refused
from flows.errors import ServiceError, StoreUnavailable
from tasks.job_control import Wanted, cancel_job, count_jobs, dead_jobs, list_jobs, retry_job
from tasks.store.base import State
from tasks.store.schedule_runs import ScheduleState

T = TypeVar("T")
LISTED = 100  #: Rows of a table.
FASTEST_S, SLOWEST_S = 1, 3600  #: Between two loads of a page that refreshes itself.


def make_blueprint(door: Door) -> Blueprint:
    """The pages behind a door."""
    blueprint = Blueprint(
        "ops",
        __name__,
        url_prefix="/ops",
        static_folder="static",
        static_url_path="/static",
        template_folder="templates",
    )
    blueprint.before_request(lambda: None if door.admits(request) else refused(request))
    for filter_ in (duration, moment, clock):
        blueprint.add_app_template_filter(filter_)
    blueprint.context_processor(lambda: {"token": door.token, "now": moment(time() * 1000), **_asked()})
    blueprint.register_error_handler(ServiceError, _not_shown)
    for path, view in {"": overview, "/jobs": jobs, "/jobs/<job_id>": job, "/dead": dead}.items():
        blueprint.get(path)(view)
    blueprint.get("/schedules")(schedules)
    blueprint.post("/jobs/<job_id>/retry")(retry)
    blueprint.post("/jobs/<job_id>/cancel")(cancel)
    return blueprint


def overview() -> str:
    """What is waiting, what is broken, and who is there."""
    services, dependencies = parts.services(), parts.health().report()["dependencies"]
    found = [{"name": name, **said} for name, said in dependencies.items() if said["status"] != "ok"]
    present = _or(services.presence.present, {})
    return render_template(
        "ops/overview.html",
        unavailable=found,
        dependencies=dependencies,
        queues=[(depth, present.get(depth.queue, 0)) for depth in _or(services.queues.look, [])],
        states=_or(lambda: count_jobs(services), {}),
        dead=_or(lambda: len(dead_jobs(services, LISTED).jobs), 0),
        breakers={name: said for name, said in dependencies["upstreams"].items() if isinstance(said, dict)},
        troubled=[state for state in _or(services.schedules.table, []) if in_trouble(state)],
    )


def jobs() -> str:
    """The newest jobs, of one kind if asked so."""
    asked = {name: request.args.get(name) or None for name in ("state", "flow", "organisation")}
    state = State(asked["state"]) if asked["state"] in set(State) else None
    wanted = Wanted(state=state, flow=asked["flow"], organisation=asked["organisation"])
    found = list_jobs(parts.services(), wanted, LISTED)
    return render_template("ops/jobs.html", jobs=found, wanted=wanted, states=list(State))


def job(job_id: str) -> str:
    """One job, stage by stage."""
    found = parts.services().ledger.read(job_id)
    whole = whole_ms(found, time() * 1000)
    return render_template("ops/job.html", job=found, bars=bars(found, whole), whole_ms=whole)


def dead() -> str:
    """What was given up."""
    return render_template("ops/dead.html", letters=dead_jobs(parts.services(), LISTED))


def schedules() -> str:
    """What runs by the clock."""
    return render_template("ops/schedules.html", schedules=parts.services().schedules.table())


def retry(job_id: str) -> Any:
    """Give a failed job a fresh set of attempts."""
    retry_job(parts.services(), job_id)
    return redirect(url_for("ops.job", job_id=job_id), 303)


def cancel(job_id: str) -> Any:
    """End a job that has not ended."""
    cancel_job(parts.services(), job_id)
    return redirect(url_for("ops.job", job_id=job_id), 303)


def in_trouble(state: ScheduleState) -> bool:
    """True for a scheduled job that failed, or has not begun for long."""
    return state.overdue or (state.last is not None and state.last.status != "ok")


def _or(ask: Callable[[], T], nothing: T) -> T:
    """What the store says; where it does not answer, nothing: the page says so among the dependencies."""
    try:
        return ask()
    except StoreUnavailable:
        return nothing


def _asked() -> dict[str, Any]:
    """Seconds after which a page loads again, if it was asked so."""
    seconds = request.args.get("refresh", type=int)
    return {"refresh": min(max(seconds, FASTEST_S), SLOWEST_S) if seconds else None}


def _not_shown(error: ServiceError) -> Response:
    """A page for what is not there or does not answer."""
    return Response(render_template("ops/error.html", error=error), STATUS[error.code])
