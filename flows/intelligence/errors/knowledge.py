"""The knowledge base made ready for search: patterns behind a cheap test, texts in an index."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flows.catalogue.built_in_errors import built_in_errors
from flows.catalogue.error_pattern_guard import required_text
from flows.catalogue.error_patterns import ErrorPattern, group_name
from flows.intelligence.errors.bm25f import Field, Index
from flows.intelligence.errors.text import words

TITLE, KEYWORDS, CAUSE, PROMPTS = "title", "keywords", "cause", "prompts"
FIELDS: Mapping[str, Field] = {
    TITLE: Field(2.0, 0.3),
    KEYWORDS: Field(2.0, 0.3),
    CAUSE: Field(1.0, 0.6),
    PROMPTS: Field(0.5, 0.6),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a pattern matched: where, its text, how many of its characters were fixed, its groups."""

    text: str
    fixed: int
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Guarded:
    entry: int
    required: str
    pattern: re.Pattern[str]


class Knowledge:
    """Error patterns, indexed once; read-only."""

    def __init__(self, entries: Sequence[ErrorPattern]) -> None:
        self.entries = tuple(entries)
        self.index = Index([_fields(entry) for entry in entries], FIELDS)
        self._patterns = [
            _Guarded(place, required_text(pattern), pattern)
            for place, entry in enumerate(entries)
            for pattern in entry.patterns
        ]

    def matches(self, text: str) -> dict[int, Found]:
        """By place of the entry, its most specific match in a normalised text."""
        lowered = text.lower()
        found: dict[int, Found] = {}
        for guarded in self._patterns:
            if guarded.required in lowered and (match := guarded.pattern.search(text)):
                one = _found(match, len(guarded.required))
                if guarded.entry not in found or one.fixed > found[guarded.entry].fixed:
                    found[guarded.entry] = one
        return found


@cache
def built_in_knowledge() -> Knowledge:
    """The built-in knowledge base, indexed once per process."""
    return Knowledge(built_in_errors())


def _found(match: re.Match[str], required: int) -> Found:
    groups = {group_name(name): value.strip() for name, value in match.groupdict().items() if value}
    variable = sum(map(len, groups.values()))
    return Found(match[0], max(required, len(match[0]) - variable), groups)


def _fields(entry: ErrorPattern) -> dict[str, list[str]]:
    return {
        TITLE: list(words(f"{entry.title} {entry.id}")),
        KEYWORDS: list(words(" ".join(entry.keywords))),
        CAUSE: list(words(entry.cause)),
        PROMPTS: list(words(" ".join(entry.prompts))),
    }


def expansions(found: Mapping[int, Found], knowledge: Knowledge, most: int) -> Iterator[str]:
    """What the most specific of the matched entries say about their error."""
    for place in sorted(found, key=lambda place: (-found[place].fixed, place))[:most]:
        entry = knowledge.entries[place]
        yield " ".join([entry.title, entry.cause, *entry.keywords])
