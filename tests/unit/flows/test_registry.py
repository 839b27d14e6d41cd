"""The list of stage types."""

from collections.abc import Mapping
from typing import Any

import pytest

from flows.model import Doc, Stage, StageInput
from flows.registry import STAGES, make_registry


def nothing(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Write nothing."""
    return {}


def stage(name: str) -> Stage:
    """A stage of that type."""
    return Stage(type=name, run=nothing, reads=(), writes=())


def test_stages_are_found_by_type() -> None:
    """A registry has every stage under its own type, in the given order."""
    first, second = stage("b"), stage("a")
    assert list(make_registry(iter([first, second])).items()) == [("b", first), ("a", second)]


def test_two_stages_of_one_type_are_refused() -> None:
    """Neither stage silently wins; the message says which type to rename."""
    with pytest.raises(ValueError, match=r"^two stages are called a; rename one of them$"):
        make_registry([stage("a"), stage("b"), stage("a")])


def test_the_stages_of_the_learning_path_are_there() -> None:
    """The stage types have the names that the product gives them."""
    named = {"context.features", "candidates.catalogue", "rank.rules", "path.schedule", "explain"}
    assert named <= STAGES.keys()
    assert [registered.type for registered in STAGES.values()] == list(STAGES)
