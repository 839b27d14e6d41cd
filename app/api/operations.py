"""``/health``: for probes and for people."""

from typing import Any

from flask import Blueprint

from app import parts

blueprint = Blueprint("operations", __name__, url_prefix="/health")


#: Without workers a front still serves what is cached, so it stays in the rotation.
NOT_NEEDED_TO_SERVE = ("workers",)


@blueprint.get("")
def health() -> tuple[dict[str, Any], int]:
    """Everything that can be said about this process and what it depends on."""
    return _answer(parts.health().report())


@blueprint.get("/live")
def live() -> dict[str, str]:
    """The process answers. Says nothing about dependencies: a restart would not mend those."""
    return {"status": "ok"}


@blueprint.get("/ready")
@blueprint.get("/startup")
def ready() -> tuple[dict[str, Any], int]:
    """The process can do its work: every dependency that it needs for it answers."""
    return _answer(parts.health().report(without=NOT_NEEDED_TO_SERVE))


def _answer(report: dict[str, Any]) -> tuple[dict[str, Any], int]:
    return report, 200 if report["status"] == "ok" else 503
