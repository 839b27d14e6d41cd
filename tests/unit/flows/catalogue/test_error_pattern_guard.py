"""Patterns that may be matched on any text."""

import pytest

from flows.catalogue.error_pattern_guard import compile_guarded, required_text


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a+", "repeats without a bound"),
        ("a.*b", "repeats without a bound"),
        ("x{3,}", "repeats without a bound"),
        ("a{1,201}b", "more than 200 times"),
        ("(?:a{1,20}){1,20}b", "repeats what itself repeats"),
        ("(?:x(?:a|b{1,5})){2,3}", "repeats what itself repeats"),
        (".{0,80}a.{0,80}b.{0,80}c.{0,80}d.{0,80}e", "5 parts of open length, at most 4"),
        (r"(a)\1", "refers back to a group"),
        ("a{0,5}", "matches an empty text"),
        ("(a", "is no regular expression"),
    ],
)
def test_what_may_run_away_is_refused(pattern: str, reason: str) -> None:
    """Each shape that could cost more than the length of the text is refused with its reason."""
    with pytest.raises(ValueError, match=reason):
        compile_guarded(pattern)


def test_a_bounded_pattern_is_taken_and_ignores_case() -> None:
    """An optional part may hold a repeat, since it comes at most once."""
    pattern = compile_guarded("no module named '(?P<module>[a-z.]{1,80})'(?:; '[a-z]{1,60}' is not)?")
    match = pattern.search("ModuleNotFoundError: No module named 'os.xxx'; 'os' is not a package")
    assert match
    assert match["module"] == "os.xxx"


def test_a_word_slot_is_a_group() -> None:
    """<name> stands for one word without quotes, kept under that name; capitals stand for themselves."""
    match = compile_guarded("'<name>' in a <Router>").search("use 'my_hook' in a <Router>")
    assert match
    assert match.groupdict() == {"name": "my_hook"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("KeyError: (?P<key>[a-z]{1,9})", "keyerror: "),
        ("can(?:not|'t) assign to literal", " assign to literal"),
        ("ab(?P<x>cd)ef", "abcdef"),
        ("(?:one|two)", ""),
        ("a?bc", "bc"),
    ],
)
def test_the_longest_fixed_text_is_known(pattern: str, expected: str) -> None:
    """Every match has that text, so a text without it needs no matching."""
    assert required_text(compile_guarded(pattern)) == expected
