"""The words of a text about code."""

import pytest

from flows.memory.words import memory_words, query_words, term, words
from tests.memories import remembered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("useEffect", ["useeffect", "use", "effect"]),
        ("use_effect", ["useeffect", "use", "effect"]),
        ("HTTPServer", ["httpserver", "http", "server"]),
        ("TS2532", ["ts2532", "ts", "2532"]),
        ("git rebase --onto", ["git", "rebase", "onto"]),
        ("TypeError: x is not a function", ["typeerror", "type", "error", "x", "not", "function"]),
        ("read_config.py", ["readconfig", "read", "config", "py"]),
        ("__init__", ["init"]),
        ("Größe straße", ["grösse", "strasse"]),
        ("ﬁle", ["file"]),
        ("loops retries css status class", ["loop", "retry", "css", "status", "class"]),
        ("*\"'()--;\x00\n", []),
        ("", []),
        ("What is the", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Identifiers count whole and by their parts, plurals as singulars, and marks not at all."""
    assert list(words(text)) == expected


def test_a_long_word_is_cut() -> None:
    """What is no word stands for itself by its beginning."""
    assert list(words("a" * 500)) == ["a" * 48]


def test_a_memory_is_found_by_all_that_it_says() -> None:
    """Title (twice), error, skill, tags and text, 400 words at most."""
    memory = remembered("1", "body", title="head", error="fault", skill="react-hooks", tags=("label",))
    assert memory_words(memory) == ["head", "head", "fault", "react", "hook", "label", "body"]
    assert len(memory_words(remembered("1", "word " * 900))) == 400


def test_a_query_has_each_word_once() -> None:
    """In order, and not beyond the length that is read."""
    assert query_words("effect useEffect Effects") == ["effect", "useeffect", "use"]
    assert query_words("x " * 2_000 + "beyond") == ["x"]


def test_a_term_is_plain_and_of_one_organisation() -> None:
    """An index sees letters and digits only, whatever the word, and another term in each organisation."""
    assert term("acme", "loop").endswith("loop")
    assert term("acme", "loop") != term("rival", "loop")
    for word in ("größe", "日本", "\ud800"):
        assert term("acme", word).isascii()
        assert term("acme", word).isalnum()
    assert term("acme", "größe") != term("acme", "grösse")
