"""What the parser says about code that somebody shows."""

import pytest

from flows.intelligence.errors.python_syntax import said_about, shown_code, what_python_says


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if x = 3:\n    pass", "SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?"),
        ("print 'a'", "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?"),
        ("3 = a", "SyntaxError: cannot assign to literal here. Maybe you meant '==' instead of '='?"),
        ("x = (1, 2", "SyntaxError: '(' was never closed"),
        ("x = 1", ""),
        ("", ""),
    ],
)
def test_the_parser_is_asked(code: str, expected: str) -> None:
    """Its message for wrong code, nothing for right code."""
    assert what_python_says(code) == expected


@pytest.mark.parametrize("code", ["x = " + "(" * 61, "x" * 2_001 + " =", "a\x00b"])
def test_what_could_cost_much_is_not_parsed(code: str) -> None:
    """Code that is too long, nested too deep, or no text is left alone."""
    assert what_python_says(code) == ""


def test_code_is_never_run() -> None:
    """An endless loop comes back at once, since it is only parsed."""
    assert what_python_says("while True: pass") == ""


def test_listings_and_tracebacks_show_code() -> None:
    """Numbered lines that follow each other are one piece; a gap begins another."""
    text = '  4| if a:\n-->5|     b = \n  9| c\nTraceback:\n  File "a.py", line 3\n    d = = 1\n      ^'
    assert shown_code(text) == ["if a:\n    b = ", "c", "d = = 1"]


def test_a_piece_is_completed_before_it_is_judged() -> None:
    """A header without its body and a body without its header are no errors of their own."""
    assert said_about("1| for x in y:") == []
    assert said_about("7|     return [1,\n8| print(2)") == ["SyntaxError: '[' was never closed"]
    assert said_about("1| x = 1") == []
    assert said_about("1| if x == 1") == ["SyntaxError: expected ':'"]


def test_each_message_comes_once() -> None:
    """Two pieces with the same fault give one message."""
    assert said_about("1| 3 = a\n5| 4 = b") == [
        "SyntaxError: cannot assign to literal here. Maybe you meant '==' instead of '='?"
    ]
