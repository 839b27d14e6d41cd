"""Messages as text that can be compared."""

import pytest

from flows.intelligence.errors import text as subject


def test_a_long_text_keeps_head_and_tail() -> None:
    """At most 8,192 characters are kept, from both ends."""
    kept = subject.bounded("head" + "x" * 20_000 + "tail")
    assert len(kept) == 8_192
    assert kept.startswith("headx")
    assert kept.endswith("xtail")
    assert subject.bounded("y" * 8_192) == "y" * 8_192


def test_colours_quotes_and_blanks_are_made_plain() -> None:
    """Colour codes go, typographic quotes become plain, blanks single, empty lines go."""
    assert (
        subject.normalise("\x1b[31mKeyError\x1b[0m:\t\u2018a\u2019\r\n\r\n  at   x\x00 ")
        == "KeyError: 'a'\nat x"
    )


def test_lines_are_cut() -> None:
    """No line is longer than 600 characters."""
    assert [len(line) for line in subject.normalise("a" * 1000 + "\nb").split("\n")] == [600, 1]


def test_places_go_and_file_names_stay() -> None:
    """Addresses, line numbers and folders say nothing of the cause."""
    plain = subject.without_places("at 0x7f3a in /srv/app/models/user.py:12:5, line 40")
    assert plain.split() == ["at", "in", "user.py", ","]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can't assign", ["cannot", "assign"]),
        ("doesn't match", ["not", "match"]),
        ("maxRetries unhashable_type", ["max", "retr", "unhash", "type"]),
        ("Divisions by zero", ["divis", "zero"]),
    ],
)
def test_words_are_stemmed_and_split(text: str, expected: list[str]) -> None:
    """Contractions are spelt out, identifiers cut into parts, stop words left out."""
    assert list(subject.words(text)) == expected


def test_a_stem_keeps_four_letters() -> None:
    """Short words are not cut down to nothing."""
    assert [subject.stem(word) for word in ("uses", "names", "types", "imported")] == [
        "uses",
        "name",
        "type",
        "import",
    ]


def test_quoted_names_are_kept_as_written() -> None:
    """Identifiers and numbers in any quotes."""
    assert list(subject.quoted_names("'NoneType' has no `add_toy` in \"a.b\"")) == [
        "NoneType",
        "add_toy",
        "a",
        "b",
    ]


def test_quoted_signs_have_names() -> None:
    """A sign in quotes is called what prose calls it."""
    assert list(subject.symbol_names("unmatched ')' and '}'")) == ["parenthesis", "curly bracket"]


def test_error_types_are_found_and_taken_out() -> None:
    """Names of exceptions are terms of their own."""
    line = "java.lang.NullPointerException, KeyError and KeyboardInterrupt, not Errors"
    assert list(subject.error_types(line)) == ["NullPointerException", "KeyError", "KeyboardInterrupt"]
    assert "KeyError" not in subject.without_types(line)
