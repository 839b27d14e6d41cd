"""The fault suite in its short form: a few faults with little load, and nothing asked but what counts.

Nothing is lost and nothing happens twice; how long it takes is for ``make faults`` to say.
"""

from collections.abc import Iterator

import pytest

from tests.faults import broken  # noqa: F401  Fills the list.
from tests.faults.fleet import Fleet, make_database
from tests.faults.outside import Outside
from tests.faults.registry import FAULTS
from tests.faults.trial import Trial

SHORT = {
    1: "worker killed",
    2: "killed in the pop window",
    7: "Redis killed",
    27: "clients give up",
    28: "same key at once",
}

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with Outside() as running:
        yield running


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Fleet]:
    """One service for all faults of this file."""
    folder = tmp_path_factory.mktemp("faults")
    database = make_database(folder / "template.db", demo=False)
    with Fleet(folder / "fleet", database, env=outside.env) as running:
        yield running


@pytest.mark.parametrize("number", SHORT, ids=SHORT.get)
def test_nothing_is_lost_and_nothing_happens_twice(number: int, fleet: Fleet, outside: Outside) -> None:
    """Every job that was accepted ends, once, and where nothing was killed no effect is made again."""
    fault = next(fault for fault in FAULTS if fault.number == number)
    with Trial(fleet.heal(), outside, seconds=4.0, rate=15.0, longest_calm_s=2.0) as trial:
        fault.run(trial)
        account = trial.account or trial.settle()

    assert account.lost == ()
    assert account.effects_twice == ()
    assert account.accepted == account.finished > 0
    if fault.once:
        assert account.runs_again == 0
