"""A file as the source of entitlements: read when it has changed, refused as a whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.errors import BadUpstreamAnswer, UpstreamUnavailable
from flows.intelligence.entitlements.source import sourced_to_json
from tasks.store import entitlement_file
from tasks.store.entitlement_file import FileEntitlements
from tests.sourced import sourced


def text_of(*organisations: Any) -> str:
    return json.dumps({"organisations": [sourced_to_json(one) for one in organisations]})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "entitlements.json"
    made.write_text(text_of(sourced("acme")), "utf-8")
    return made


def test_a_change_shows_at_once(file: Path) -> None:
    """The next question sees the new file."""
    source = FileEntitlements(file)
    assert list(source.listed()) == ["acme"]
    file.write_text(text_of(sourced("acme"), sourced("rival")), "utf-8")
    assert list(source.listed()) == ["acme", "rival"]


def test_an_unchanged_file_is_not_read_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred organisations are asked about one after the other."""
    source = FileEntitlements(file)
    source.listed()

    def read_again(text: str) -> Any:
        raise AssertionError("read again")

    monkeypatch.setattr(entitlement_file, "read_json", read_again)
    assert source.fetch("acme", None).found == sourced("acme")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{\n oh", "entitlements.json: line 2: is no JSON"),
        (b'{"organisations": "all"}', "entitlements.json: line 1: organisations must be a list"),
        (b"\xff\xfe", "entitlements.json is no UTF-8"),
    ],
)
def test_a_bad_file_is_refused_whole(file: Path, data: bytes, said: str) -> None:
    """With its name, and neither its folder nor anything that stands in it."""
    file.write_bytes(data)
    with pytest.raises(BadUpstreamAnswer) as caught:
        FileEntitlements(file).fetch("acme", None)
    assert str(caught.value).startswith(said)
    assert str(file.parent) not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It may come: that is an outage, and no answer."""
    with pytest.raises(UpstreamUnavailable, match=r"^nowhere\.csv cannot be read: No such file"):
        FileEntitlements(tmp_path / "nowhere.csv").fetch("acme", None)


def test_a_file_has_a_bound(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is larger is not read."""
    monkeypatch.setattr(entitlement_file, "MOST_BYTES", 10)
    with pytest.raises(BadUpstreamAnswer, match="more than 10 bytes"):
        FileEntitlements(file).fetch("acme", None)
