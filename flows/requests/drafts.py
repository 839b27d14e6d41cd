"""From what somebody wants drafted to what the flow ``drafts`` works on."""

from typing import Any

from flows.catalogue.nearest import nearest
from flows.errors import UnknownName
from flows.intelligence.drafting.model import Kind
from flows.ports import CatalogueLibrary

FLOW = "drafts"


def drafts(
    organisation: str, skill: str, kind: Kind, catalogues: CatalogueLibrary, *, catalogue: str, occasion: str
) -> dict[str, Any]:
    """The request of the flow; raises UnknownName.

    Equal ones share a job, so ``occasion`` tells those apart that are meant anew.
    """
    skills = catalogues.get(organisation, catalogue).skills
    if skill not in skills:
        raise UnknownName("skill", skill, nearest(skill, skills), field="skill")
    return {
        "organisation": organisation,
        "catalogue": catalogue,
        "skill": skill,
        "kind": str(kind),
        "occasion": occasion,
    }
