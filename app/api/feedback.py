"""``/api/feedback``: what people made of what was shown to them."""

from datetime import UTC, datetime
from typing import Any

from app.blueprint import Blueprint
from app.context import principal
from app.parts import services
from app.schemas.common import ProblemSchema
from app.schemas.events import StoredSchema
from app.schemas.feedback import FeedbackBatch
from flows.signals.feedback import feedback_from

blueprint = Blueprint("feedback", __name__, url_prefix="/api", description="What came of answers")


@blueprint.post("/feedback")
@blueprint.arguments(FeedbackBatch())
@blueprint.response(200, StoredSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any]) -> dict[str, int]:
    """Say what became of items of an answer, up to 100 at a time; saying it again changes nothing"""
    organisation, now = principal().organisation, datetime.now(UTC)
    feedback = [feedback_from(organisation, said, now) for said in sent["feedback"]]
    stored = services().feedback.take_in(organisation, feedback)
    return {"stored": stored, "duplicates": len(feedback) - stored}
