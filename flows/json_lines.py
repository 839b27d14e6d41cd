"""On which line each value of a JSON text stands; the parser of the standard library forgets."""

import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


def lines_of(text: str) -> dict[Path, int]:
    """The line (from 1) of every value by its path, the whole text at ``()``.

    A member of an object stands where its name stands. The text must be valid JSON.
    """
    lines: dict[Path, int] = {}
    _read_value(_tokens(text), (), lines)
    return lines


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, seen = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        yield match[0], line


def _read_value(
    tokens: Iterator[tuple[str, int]], path: Path, lines: dict[Path, int], first: Any = None
) -> None:
    token, line = first or next(tokens)
    lines.setdefault(path, line)
    if token == "{":
        for name, name_line in tokens:
            if name == "}":
                return
            if name not in (",", ":"):
                member = (*path, name[1:-1])
                lines[member] = name_line
                next(tokens)  # The colon.
                _read_value(tokens, member, lines)
    elif token == "[":
        index = 0
        for element in tokens:
            if element[0] == "]":
                return
            if element[0] != ",":
                _read_value(tokens, (*path, index), lines, element)
                index += 1


def line_at(lines: dict[Path, int], path: Path) -> int:
    """The line of a value, or of the innermost thing around it that there is."""
    while path not in lines:
        path = path[:-1]
    return lines[path]
