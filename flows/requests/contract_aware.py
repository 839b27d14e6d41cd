"""The request of ``contract_aware``: a person of an organisation, and perhaps a goal."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.model import BUILT_IN
from flows.errors import InvalidRequest, UnknownName
from flows.ports import CatalogueLibrary


def contract_aware(
    organisation: str, sent: Mapping[str, Any], catalogues: CatalogueLibrary
) -> dict[str, Any]:
    """The request of the flow; raises InvalidRequest for a goal that nobody knows.

    ``organisation`` asks; ``sent["orgId"]`` is whose contracts it asks for, and the caller has
    checked that it may.
    """
    catalogue = catalogues.get(organisation, BUILT_IN)
    request = {
        "organisation": organisation,
        "orgId": sent["orgId"],
        "userId": sent["userId"],
        "catalogue": catalogue.name,
        "catalogueRevision": catalogue.revision,
    }
    if (goal := sent.get("goal")) is not None:
        try:
            request["goal"] = catalogue.goal(goal).id
        except UnknownName as error:
            raise InvalidRequest([error]) from None
    return request
