"""What a request for events says: from which event on, and from where."""

import pytest

from app.event_requests import last_event_id
from flows.errors import InvalidInput


@pytest.mark.parametrize(
    ("header", "parameter", "last"),
    [
        (None, None, 0),
        ("7", None, 7),
        (None, "7", 7),
        ("8", "7", 8),
        ("0", "7", 0),
        ("", "7", 7),
        ("abc", None, 0),
        ("-1", None, 0),
        ("1e3", None, 0),
        ("²", None, 0),
        ("9" * 5000, None, 0),
    ],
)
def test_the_last_event_that_a_client_has(header: str | None, parameter: str | None, last: int) -> None:
    """The header counts before the parameter; a header that is no number of ours is as good as none."""
    assert last_event_id(header, parameter) == last


@pytest.mark.parametrize("parameter", ["", "x", "-1", "1.0", " 1", "1" * 10])
def test_a_parameter_that_makes_no_sense(parameter: str) -> None:
    """Whoever writes the parameter by hand hears what is wrong with it."""
    with pytest.raises(InvalidInput) as raised:
        last_event_id(None, parameter)
    assert raised.value.field == "?lastEventId"
