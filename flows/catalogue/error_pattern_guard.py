"""Regular expressions that cannot run away, whatever text they are matched on.

A pattern is refused when it repeats without a bound or more than 200 times, or repeats what itself
repeats (the shape behind catastrophic backtracking: Davis et al. 2018, "The Impact of Regular
Expression Denial of Service"). At most four of its parts may be of open length, so the time is
bounded by the length of the text, and lines are cut before matching.
"""

import re
from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from itertools import chain
from typing import Any

MOST_REPEATS = 200
MOST_OPEN_PARTS = 4
OPEN_FROM = 10  #: A part that may repeat so often counts as of open length.

#: ``<name>`` in a pattern: one word, kept under that name.
_WORD_SLOT = re.compile(r"(?<!\?P)<([a-z][a-z_]*)>")
_WORD = r"""[^\s'"`,;()<>]{1,80}"""

# The parse tree has no public name; typing it would say nothing about what is in it.
_parser: Any = import_module("re._parser")
_SEQUENCE = ("SUBPATTERN", "ATOMIC_GROUP", "ASSERT", "ASSERT_NOT")
_REPEAT = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def compile_guarded(pattern: str) -> re.Pattern[str]:
    """The pattern, case ignored; raises ValueError when it is no regular expression or not safe."""
    expanded = _WORD_SLOT.sub(lambda slot: f"(?P<{slot[1]}>{_WORD})", pattern)
    try:
        tree = _parser.parse(expanded, re.IGNORECASE)
        compiled = re.compile(expanded, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    open_parts = sum(high >= OPEN_FROM for high in _repeats(tree, inside=False))
    if open_parts > MOST_OPEN_PARTS:
        raise ValueError(f"has {open_parts} parts of open length, at most {MOST_OPEN_PARTS} are taken")
    if compiled.match(""):
        raise ValueError("matches an empty text")
    return compiled


def required_text(pattern: re.Pattern[str]) -> str:
    """The longest text, in lower case, that whatever the pattern matches must have; may be empty."""
    tree = _parser.parse(pattern.pattern, re.IGNORECASE)
    return max(_literals(tree), key=len, default="")


def _repeats(tree: Any, *, inside: bool) -> Iterator[int]:
    """The upper bound of each repeat; of the branches of a choice those of the longest count."""
    for operation, argument in tree:
        name = str(operation)
        if name in _REPEAT:
            _, high, repeated = argument
            yield from _repeat(int(high), repeated, inside=inside)
        elif name in _SEQUENCE:
            yield from _repeats(argument[-1], inside=inside)
        elif name == "BRANCH":
            branches = [list(_repeats(branch, inside=inside)) for branch in argument[1]]
            yield from max(branches, key=len)
        elif name in ("GROUPREF", "GROUPREF_EXISTS"):
            raise ValueError("refers back to a group")


def _repeat(high: int, repeated: Any, *, inside: bool) -> Iterator[int]:
    if high > MOST_REPEATS:
        raise ValueError(f"repeats without a bound or more than {MOST_REPEATS} times; write {{0,80}}")
    if high > 1 and inside:
        raise ValueError("repeats what itself repeats")
    yield high
    yield from _repeats(repeated, inside=inside or high > 1)


def _literals(tree: Any) -> list[str]:
    """Runs of fixed characters in what every match has."""
    return reduce(_extend, tree, [""])


def _extend(runs: list[str], node: Any) -> list[str]:
    operation, argument = str(node[0]), node[1]
    if operation == "LITERAL":
        return [*runs[:-1], runs[-1] + chr(argument).lower()]
    if operation == "SUBPATTERN":
        inner = _literals(argument[-1])
        return list(chain(runs[:-1], [runs[-1] + inner[0]], inner[1:]))
    if operation in ("AT", "ASSERT", "ASSERT_NOT"):
        return runs
    return [*runs, ""]
