"""The request of one member, from what a batch has in common and what is known about the person."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.model import LEVELS
from flows.errors import UnknownName
from flows.ports import CatalogueLibrary
from flows.requests.learning_path import learning_path
from tasks.batches.model import Batch, Member

LOWEST = LEVELS[1]  #: Of a person whose level nobody has stated, the least is taken as known.


def member_request(
    batch: Batch, member: Member, levels: Mapping[str, str | None], catalogues: CatalogueLibrary
) -> dict[str, Any]:
    """The request of the flow for one person.

    ``levels`` has the people whom the organisation knows. Raises UnknownName for who is not among them, and
    InvalidRequest for a goal that the catalogue has not.
    """
    if member.user_id not in levels:
        raise UnknownName("person", member.user_id, (), field="userId")
    level = levels[member.user_id]
    person = {"userId": member.user_id, "currentSkill": level if level in LEVELS[1:] else LOWEST}
    own = {"goal": member.goal} if member.goal else {}
    request = learning_path(batch.organisation, {**person, **batch.request, **own}, catalogues)
    if (organisation := batch.request["orgId"]) != batch.organisation:
        request["orgId"] = organisation
    return request
