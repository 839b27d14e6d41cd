"""The requests of the flows that blend sources: suggestions, next prompts, recommendations."""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.model import BUILT_IN
from flows.errors import InvalidRequest, UnknownName
from flows.ports import Ports
from flows.requests.session import asker

#: What is taken over as it was sent, where it was.
PLAIN = ("sessionId", "context", "goal", "limit")


def blended(organisation: str, sent: Mapping[str, Any], ports: Ports) -> dict[str, Any]:
    """The request of any of these flows; raises InvalidRequest with all that is wrong."""
    catalogue = ports.catalogues.get(organisation, BUILT_IN)
    if "goal" in sent:
        try:
            catalogue.goal(sent["goal"])
        except UnknownName as error:
            raise InvalidRequest([error]) from None
    who = asker(organisation, sent, ports.profiles)
    request = {
        "organisation": organisation,
        "userId": who.user_id,
        "recentErrors": list(who.errors),
        "catalogue": catalogue.name,
        "catalogueRevision": catalogue.revision,
    }
    if sent.get("types"):
        request["types"] = sorted(set(sent["types"]))
    return request | {name: sent[name] for name in PLAIN if sent.get(name) is not None}
