"""Error patterns: what an error looks like, why it comes, and what to ask or do about it.

A document is a mapping with ``topic`` and ``errors`` (the format is described in
``docs/errors.md``). Everything wrong is refused with the file and the id.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from flows.catalogue.error_pattern_guard import compile_guarded
from flows.catalogue.nearest import nearest
from flows.errors import CatalogueError

FEWEST_PROMPTS = 2
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

#: ``{name|fallback}`` in a prompt: what the pattern's group of that name found, else the fallback.
SLOT = re.compile(r"\{([a-z]+)\|([^{}|]+)\}")

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPattern:
    """One kind of error.

    ``language`` is the language or tool that reports it, ``note`` an advice what to learn about it,
    ``skills`` what to review (ids of a catalogue), ``confusable`` ids of errors that look alike.
    """

    id: str
    topic: str
    language: str
    title: str
    patterns: tuple[re.Pattern[str], ...]
    keywords: tuple[str, ...]
    cause: str
    prompts: tuple[str, ...]
    skills: tuple[str, ...]
    confusable: tuple[str, ...] = ()
    note: str = ""

    def filled_prompts(self, groups: Mapping[str, str]) -> tuple[str, ...]:
        """The prompts with their slots filled from what the patterns found."""
        return tuple(SLOT.sub(lambda slot: groups.get(slot[1]) or slot[2], prompt) for prompt in self.prompts)


ENTRY_FIELDS = frozenset(field.name for field in fields(ErrorPattern)) - {"topic"}
TOPIC_FIELDS = frozenset({"id", "title", "language"})


def parse_error_patterns(
    documents: Iterable[tuple[str, Document]], skills: Collection[str]
) -> tuple[ErrorPattern, ...]:
    """Build error patterns from (source, document) pairs; raises CatalogueError.

    ``skills`` are the ids that entries may name.
    """
    found: dict[str, tuple[str, ErrorPattern]] = {}
    for source, document in documents:
        for entry in _entries(source, document):
            if entry.id in found:
                raise CatalogueError(source, entry.id, f"duplicate id, also in {found[entry.id][0]}")
            found[entry.id] = source, entry
    for source, entry in found.values():
        _check_known(source, entry.id, "skill", entry.skills, skills)
        _check_known(source, entry.id, "confusable error", entry.confusable, found)
    return tuple(entry for _, entry in found.values())


def _entries(source: str, document: Document) -> Iterator[ErrorPattern]:
    _check_fields(source, "", document, frozenset({"topic", "errors"}))
    topic, errors = document.get("topic"), document.get("errors")
    if not isinstance(topic, Mapping):
        raise CatalogueError(source, "topic", "must be an object with id, title and language")
    _check_fields(source, "topic", topic, TOPIC_FIELDS)
    if not isinstance(errors, list) or not all(isinstance(entry, Mapping) for entry in errors):
        raise CatalogueError(source, "errors", "must be a list of objects")
    name, language = (_text(source, "topic", topic, field) for field in ("id", "language"))
    _text(source, "topic", topic, "title")
    for entry in errors:
        yield _entry(source, name, {"language": language, **entry})


def _entry(source: str, topic: str, entry: Mapping[str, Any]) -> ErrorPattern:
    item = _text(source, "an error", entry, "id")
    if not ID.fullmatch(item):
        raise CatalogueError(source, item, "id must be lower-case words joined by hyphens")
    _check_fields(source, item, entry, ENTRY_FIELDS)
    lists = {
        name: _texts(source, item, entry, name) for name in ("keywords", "prompts", "skills", "confusable")
    }
    patterns = tuple(_pattern(source, item, text) for text in _texts(source, item, entry, "patterns"))
    if not patterns or not lists["skills"]:
        raise CatalogueError(source, item, "needs at least one pattern and one skill")
    if len(lists["prompts"]) < FEWEST_PROMPTS:
        raise CatalogueError(source, item, f"has {len(lists['prompts'])} prompts, at least two are needed")
    _check_slots(source, item, lists["prompts"], patterns)
    return ErrorPattern(
        id=item,
        topic=topic,
        language=_text(source, item, entry, "language"),
        title=_text(source, item, entry, "title"),
        patterns=patterns,
        keywords=lists["keywords"],
        cause=_text(source, item, entry, "cause"),
        prompts=lists["prompts"],
        skills=lists["skills"],
        confusable=lists["confusable"],
        note=_text(source, item, entry, "note") if "note" in entry else "",
    )


def _pattern(source: str, item: str, text: str) -> re.Pattern[str]:
    try:
        return compile_guarded(text)
    except ValueError as error:
        raise CatalogueError(source, item, f"pattern {text!r} {error}") from None


def group_name(name: str) -> str:
    """The slot that a group fills: two groups of one pattern differ by a trailing underscore."""
    return name.rstrip("_")


def _check_slots(source: str, item: str, prompts: Iterable[str], patterns: Iterable[re.Pattern[str]]) -> None:
    groups = {group_name(name) for pattern in patterns for name in pattern.groupindex}
    for prompt in prompts:
        for slot in SLOT.finditer(prompt):
            if slot[1] not in groups:
                raise CatalogueError(source, item, f"slot {slot[0]} is a group of none of its patterns")


def _check_fields(source: str, item: str, entry: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in entry:
        if name not in known:
            raise CatalogueError(
                source, item, f"unknown field {name!r}; there are: {', '.join(sorted(known))}"
            )


def _check_known(source: str, item: str, kind: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            hint = ", ".join(nearest(name, known))
            raise CatalogueError(
                source, item, f"unknown {kind} {name!r}" + (f"; nearest: {hint}" if hint else "")
            )


def _text(source: str, item: str, entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(source, item, f"{field} must be a text that is not empty")
    return value


def _texts(source: str, item: str, entry: Mapping[str, Any], field: str) -> tuple[str, ...]:
    values = entry.get(field, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise CatalogueError(source, item, f"{field} must be a list of texts that are not empty")
    return tuple(values)
