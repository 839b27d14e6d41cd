"""Ids that say when they were made."""

from uuid import UUID, uuid4

import pytest

from flows.job_id import created_ms_of, new_job_id


def test_id_is_a_uuid_of_version_7() -> None:
    """The example of RFC 9562, appendix A.6: time and random bits where they belong."""
    bits = {12: 0xCC3, 62: 0x18C4DC0C0C07398F}

    made = new_job_id(0x017F22E279B0, bits.__getitem__)

    assert UUID(made) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


def test_id_says_when_it_was_made() -> None:
    """The millisecond comes out as it went in."""
    assert created_ms_of(new_job_id(1_764_236_500_123)) == 1_764_236_500_123


def test_later_ids_sort_after_earlier_ones() -> None:
    """Ids of different milliseconds have the order of their times."""
    assert new_job_id(1_000) < new_job_id(1_001)


def test_ids_of_one_millisecond_differ() -> None:
    """Time alone makes no id."""
    assert len({new_job_id(1_000) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "x", uuid4().hex, "0" * 32, "017F22E279B07CC398C4DC0C0C07398F"])
def test_what_is_no_such_id_has_no_time(text: str) -> None:
    """Other text, other versions and other spellings say nothing."""
    assert created_ms_of(text) is None
