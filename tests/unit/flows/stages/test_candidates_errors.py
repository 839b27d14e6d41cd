"""The stage ``candidates.errors``."""

import json
from typing import Any, cast

from flows.deadline import Deadline
from flows.model import StageInput
from flows.ports import Ports
from flows.registry import STAGES


def matches(request: dict[str, Any], most: int = 5, least: float = 0.0) -> list[dict[str, Any]]:
    """What the stage writes for a request; it asks no port."""
    given = StageInput(
        params={"most": most, "least": 0.0}, ports=cast(Ports, None), deadline=cast(Deadline, None)
    )
    written = STAGES["candidates.errors"].run({"request": request}, given)
    assert list(written) == ["errorMatches"]
    found: list[dict[str, Any]] = written["errorMatches"]
    return found


def test_the_sample_request_is_answered() -> None:
    """The first match has everything that a suggestion is made from, as plain JSON."""
    found = matches(
        {
            "context": "debugging React useEffect infinite loop",
            "recentErrors": ["Maximum update depth exceeded"],
        }
    )
    first = found[0]
    assert first["id"] == "react-maximum-update-depth"
    assert first["prompts"][0] == "Add dependency array to useEffect: useEffect(() => {...}, [dependency])"
    assert first["evidence"] == ["error:react-maximum-update-depth"]
    assert first["skills"] == ["react-hooks", "react-performance"]
    assert first["confusableWith"] == ["react-missing-dependency", "react-update-while-rendering"]
    assert sorted(first["parts"]) == ["groups", "language", "pattern", "text"]
    assert json.loads(json.dumps(found)) == found


def test_several_errors_are_joined() -> None:
    """Each error finds its entry, an entry comes once with its best score, best first."""
    found = matches({"recentErrors": ["KeyError: 'a'", "KeyError", "TypeError: unhashable type: 'list'"]})
    ids = [match["id"] for match in found]
    assert set(ids[:2]) == {"python-key-error", "python-unhashable"}
    assert len(set(ids)) == len(ids)
    assert [match["score"] for match in found] == sorted((m["score"] for m in found), reverse=True)


def test_the_better_of_two_matches_counts() -> None:
    """An entry that two errors match has the score and the names of the better one."""
    weak, strong = "a key that the dict has not", "KeyError: 'user'"
    (alone,) = matches({"recentErrors": [strong]}, most=1)
    for errors in ([weak, strong], [strong, weak]):
        assert [m for m in matches({"recentErrors": errors}) if m["id"] == "python-key-error"] == [alone]


def test_names_are_filled_in() -> None:
    """The prompts name what the message names."""
    (first,) = matches({"recentErrors": ["ModuleNotFoundError: No module named 'jinja2'"]}, most=1)
    assert first["parts"]["groups"] == {"module": "jinja2"}
    assert "pip install jinja2" in first["prompts"][0]


def test_a_context_is_enough_and_nothing_is_no_error() -> None:
    """Errors may be missing; without any sign the list is empty."""
    assert (
        matches({"context": "debugging React useEffect infinite loop"})[0]["id"]
        == "react-maximum-update-depth"
    )
    assert matches({}) == []
    assert matches({"context": None, "recentErrors": []}) == []


def test_the_parameter_limits_the_matches() -> None:
    """At most as many as the flow says, over all errors together."""
    errors = ["KeyError: 'a'", "TypeError: unhashable type: 'list'", "IndexError: list index out of range"]
    assert len(matches({"recentErrors": errors}, most=2)) == 2


def test_what_hardly_fits_is_left_out() -> None:
    """Matches under the least score are no matches."""
    request = {"context": "", "recentErrors": ["Maximum update depth exceeded"]}
    found = matches(request, least=0.2)
    assert [match["id"] for match in found] == ["react-maximum-update-depth"]
