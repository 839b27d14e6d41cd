"""``Server-Timing``: the laps, the stages, the total."""

import re
from time import sleep

from app.timing import Timing


def entries(header: str) -> list[tuple[str, float]]:
    found = [re.fullmatch(r"([!#$%&'*+.^_`|~\w-]+);dur=(\d+\.\d\d)", entry) for entry in header.split(", ")]
    return [(match[1], float(match[2])) for match in found if match]


def test_a_request_without_laps() -> None:
    """There is always a total."""
    assert [name for name, _ in entries(Timing().header())] == ["total"]


def test_laps_and_stages_are_listed_in_order() -> None:
    """First the laps as they ended, then the stages with their own times, at last the total."""
    timing = Timing()
    timing.mark("cache")
    timing.mark("wait")
    stages = [{"type": "rank.rules", "status": "ok", "ms": 1.234}, {"type": "explain", "ms": 12}]
    found = entries(timing.header(stages))
    assert [name for name, _ in found] == ["cache", "wait", "rank.rules", "explain", "total"]
    assert found[2:4] == [("rank.rules", 1.23), ("explain", 12.0)]


def test_laps_follow_one_another() -> None:
    """A lap begins where the one before it ended, so that laps never add up to more than the total."""
    timing = Timing()
    sleep(0.02)
    timing.mark("first")
    timing.mark("second")
    timing.mark("third")
    found = dict(entries(timing.header()))
    assert found["first"] >= 20
    assert found["first"] + found["second"] + found["third"] <= found["total"] + 0.02
