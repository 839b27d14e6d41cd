"""``/api/schedules``: what runs by the clock, and how its last runs went."""

import json

from flask import Response

from app.blueprint import Blueprint
from app.parts import services
from app.schemas.schedules import SchedulesSchema
from tasks.schedule_view import schedule_view

blueprint = Blueprint(
    "schedules", __name__, url_prefix="/api/schedules", description="What runs by the clock"
)


@blueprint.get("")
@blueprint.response(200, SchedulesSchema)
def get() -> Response:
    """Show every scheduled job: its last run, what came of it, and when it runs next"""
    shown = {"schedules": [schedule_view(state) for state in services().schedules.table()]}
    return Response(json.dumps(shown), content_type="application/json")
