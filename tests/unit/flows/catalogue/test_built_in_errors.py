"""The error patterns that come with the service."""

from pathlib import Path

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.built_in_errors import built_in_errors, read_errors
from flows.catalogue.error_patterns import SLOT
from flows.errors import CatalogueError
from flows.intelligence.errors.knowledge import built_in_knowledge
from flows.intelligence.errors.text import normalise

LANGUAGES = {
    "any", "docker", "git", "go", "http", "java", "javascript", "kubernetes", "python", "sql", "typescript",
}  # fmt: skip


def test_there_are_enough() -> None:
    """At least 160 entries with two prompts or more each, for every language and tool promised."""
    entries = built_in_errors()
    assert len(entries) >= 160
    assert {entry.language for entry in entries} == LANGUAGES
    assert {entry.topic for entry in entries} >= {"react", "node", "python-syntax", "network"}
    assert min(len(entry.prompts) for entry in entries) >= 2


def test_they_are_read_once() -> None:
    """The same objects come back, since nothing changes them."""
    assert built_in_errors() is built_in_errors()


def test_texts_are_clean() -> None:
    """A cause is a sentence or two, no slot is left over in it, and prompts do not repeat."""
    for entry in built_in_errors():
        assert entry.cause.endswith("."), entry.id
        assert not SLOT.search(entry.cause + entry.note + entry.title), entry.id
        assert len(set(entry.prompts)) == len(entry.prompts), entry.id
        assert entry.skills[0] in built_in_catalogue().skills


def test_no_slot_is_left_in_a_prompt() -> None:
    """Without any group every prompt reads as a sentence of its own."""
    for entry in built_in_errors():
        assert not any(SLOT.search(prompt) for prompt in entry.filled_prompts({})), entry.id


@pytest.mark.parametrize("text", ["'" * 9000, "a" * 9000, "TypeError: 'int' object " * 400, "x: y\n" * 2000])
def test_no_pattern_runs_away(text: str) -> None:
    """All patterns end on long texts made to keep them busy; none of these is an error by itself."""
    found = built_in_knowledge().matches(normalise(text))
    assert len(found) == 0


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path) -> None:
    """The message has the file's name and why it cannot be read."""
    (tmp_path / "broken.toml").write_text("[topic", "utf-8")
    with pytest.raises(CatalogueError, match=r"^broken\.toml: cannot be read: Expected"):
        read_errors(tmp_path)
