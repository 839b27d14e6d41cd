"""``/health``: for probes and for people."""

from typing import Any

from flask import Blueprint

from app.parts import parts

blueprint = Blueprint("operations", __name__, url_prefix="/health")


@blueprint.get("")
def health() -> tuple[dict[str, Any], int]:
    """Everything that can be said about this process and what it depends on."""
    report = parts().health.report()
    return report, 200 if report["status"] == "ok" else 503


@blueprint.get("/live")
def live() -> dict[str, str]:
    """The process answers. Says nothing about dependencies: a restart would not mend those."""
    return {"status": "ok"}


@blueprint.get("/ready")
@blueprint.get("/startup")
def ready() -> tuple[dict[str, Any], int]:
    """The process can do its work: every dependency answers."""
    return health()
