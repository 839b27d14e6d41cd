"""``/api/users``: what is kept about a person."""

from typing import Any

from app.blueprint import Blueprint
from app.context import principal
from app.parts import services
from app.schemas.users import ErasedSchema, ProfileSchema
from flows.catalogue.model import BUILT_IN
from flows.intelligence.profile.view import profile_view

blueprint = Blueprint("users", __name__, url_prefix="/api/users", description="What is kept about people")


@blueprint.get("/<user_id>/profile")
@blueprint.response(200, ProfileSchema)
def get_profile(user_id: str) -> dict[str, Any]:
    """What is known about a person, and why; of one whom nobody has seen, nothing"""
    ports, organisation = services().ports, principal().organisation
    features = ports.profiles.features(organisation, user_id)
    return profile_view(user_id, features, ports.catalogues.get(organisation, BUILT_IN))


@blueprint.delete("/<user_id>")
@blueprint.response(200, ErasedSchema)
def delete(user_id: str) -> dict[str, Any]:
    """Erase a person: every row, job and cached answer about them"""
    erased = services().records.erase(principal().organisation, user_id)
    return {"userId": user_id, "erased": erased}
