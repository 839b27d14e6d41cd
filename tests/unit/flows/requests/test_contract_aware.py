"""The request of ``contract_aware``."""

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.errors import InvalidRequest
from flows.requests.contract_aware import contract_aware
from tasks.store.in_memory_catalogues import InMemoryCatalogues

CATALOGUES = InMemoryCatalogues(built_in_catalogue)
SENT = {"userId": "ann", "orgId": "corp-123"}


def test_who_asks_and_whom_it_is_about() -> None:
    """The job belongs to the organisation that asks; the contracts are those of ``orgId``."""
    assert contract_aware("demo", SENT, CATALOGUES) == {
        "organisation": "demo",
        "orgId": "corp-123",
        "userId": "ann",
        "catalogue": "built-in",
        "catalogueRevision": built_in_catalogue().revision,
    }


@pytest.mark.parametrize("goal", ["cloud", "react-hooks"])
def test_a_goal_is_a_goal_or_a_skill(goal: str) -> None:
    """A goal that the catalogue knows is part of the request."""
    assert contract_aware("demo", SENT | {"goal": goal}, CATALOGUES)["goal"] == goal


def test_an_unknown_goal_is_refused() -> None:
    """The error has the field and the nearest names."""
    with pytest.raises(InvalidRequest) as raised:
        contract_aware("demo", SENT | {"goal": "clout"}, CATALOGUES)
    (error,) = raised.value.errors
    assert (error.field, str(error)) == ("goal", "unknown goal 'clout'; nearest: cloud, css-layout")
