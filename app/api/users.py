"""``/api/users``: what is kept about a person."""

from typing import Any

from app.blueprint import Blueprint
from app.context import principal
from app.parts import services
from app.schemas.users import ErasedSchema
from config import keys

blueprint = Blueprint("users", __name__, url_prefix="/api/users", description="What is kept about people")


@blueprint.delete("/<user_id>")
@blueprint.response(200, ErasedSchema)
def delete(user_id: str) -> dict[str, Any]:
    """Erase a person: every row about them, now; jobs and cached answers end by themselves"""
    erased = services().records.erase(principal().organisation, user_id)
    return {"userId": user_id, "erased": erased, "expiresWithinSeconds": keys.JOB_RETENTION_S}
