"""The list of faults that is published is the one that runs."""

from pathlib import Path

import pytest

from tests.faults import broken  # noqa: F401  Fills the list.
from tests.faults.registry import FAULTS, Fault

PUBLISHED = (Path(__file__).parents[2] / "docs" / "faults.md").read_text("utf-8")

#: Those of the whole list that need a machine, a clock or a day of their own.
LEFT_OUT = {4, 24, 31}


def test_every_fault_is_on_the_list_once() -> None:
    """All but those that are left out for a reason, each under a number of its own."""
    assert sorted(fault.number for fault in FAULTS) == sorted(set(range(1, 32)) - LEFT_OUT)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.number))
def test_it_is_published_when_a_fault_passes(fault: Fault) -> None:
    """Number, name and criterion stand in the documentation as they stand in the code."""
    assert f"| {fault.number} | {fault.name} | {fault.passes} |" in PUBLISHED
