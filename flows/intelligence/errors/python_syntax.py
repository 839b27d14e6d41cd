"""What is wrong with a piece of Python, in the words of the parser that runs the service.

Old versions of Python say only "invalid syntax". The parser since 3.10 (PEP 617 made it possible)
names most causes, so that code shown beside an old message is read again with it. The code is
parsed and never run.
"""

import re
import warnings
from textwrap import dedent

MOST_CHARACTERS = 2_000
MOST_BRACKETS = 60  #: Deeper nesting is refused: it costs the parser time and memory.

#: A line of code in a listing: ``12| x = 1`` or ``-->12| x = 1``.
_LISTED = re.compile(r"^[ >-]{0,8}(\d{1,6})\|(.{0,400})$", re.MULTILINE)
#: The source line in a traceback: below ``File "...", line 3``, often with a caret under it.
_TRACED = re.compile(
    r'^ {0,8}File "[^"\n]{1,300}", line \d{1,9}[^\n]{0,120}\n {2,12}([^\n]{1,400})$', re.MULTILINE
)


def what_python_says(code: str) -> str:
    """The parser's message about code that is wrong, empty when it is right or cannot be judged."""
    brackets = sum(code.count(bracket) for bracket in "([{")
    if len(code) > MOST_CHARACTERS or brackets > MOST_BRACKETS or "\0" in code:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(dedent(code).strip("\n") + "\n", "<shown>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}"
    except (ValueError, MemoryError, RecursionError, OverflowError):
        return ""
    return ""


def shown_code(text: str) -> list[str]:
    """Code that a text shows: each listing with line numbers, and the source lines of tracebacks."""
    listings: list[list[str]] = []
    last = None
    for match in _LISTED.finditer(text):
        number = int(match[1])
        if last is None or number != last + 1:
            listings.append([])
        listings[-1].append(match[2][1:] if match[2].startswith(" ") else match[2])
        last = number
    return ["\n".join(lines) for lines in listings] + _TRACED.findall(text)


def said_about(text: str) -> list[str]:
    """What the parser says about each piece of code in a text, without repetitions.

    A piece is cut out of a file: one that is wrong only for that is completed first.
    """
    said = (_said_about_piece(piece) for piece in shown_code(text))
    return list(dict.fromkeys(message for message in said if message))


def _said_about_piece(piece: str) -> str:
    said = what_python_says(piece)
    if "expected an indented block" in said and "\n" not in piece.strip():
        return what_python_says(f"{dedent(piece).rstrip()}\n    pass")
    if said.endswith("unexpected indent") and piece[:1].isspace():
        return what_python_says(f"def shown():\n{piece}")
    return said
