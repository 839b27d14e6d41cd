"""Classifying messages against the built-in knowledge base."""

import pytest

from flows.intelligence.errors.classify import Match, classify
from flows.intelligence.errors.knowledge import Knowledge, built_in_knowledge

MESSAGES = [
    ("Maximum update depth exceeded", "react-maximum-update-depth"),
    ("Error: Too many re-renders. React limits the number of renders", "react-maximum-update-depth"),
    ("React Hook useEffect has a missing dependency: 'user'. Either include it", "react-missing-dependency"),
    ('Warning: Each child in a list should have a unique "key" prop.', "react-unique-key"),
    ("TypeError: Cannot read properties of undefined (reading 'map')", "js-undefined-property"),
    ("TypeError: Cannot read property 'map' of undefined", "js-undefined-property"),
    ("SyntaxError: Unexpected token < in JSON at position 0", "js-json-parse"),
    ("Cannot find module 'express'", "node-cannot-find-module"),
    ("TS2345: Argument of type 'A' is not assignable to parameter of type 'B'", "ts-argument-type"),
    ("Cannot find module 'x' or its corresponding type declarations.", "ts-cannot-find-module"),
    ("Error: listen EADDRINUSE: address already in use :::3000", "network-address-in-use"),
    ("KeyError: 'user'", "python-key-error"),
    ("ModuleNotFoundError: No module named 'os.xxx'; 'os' is not a package", "python-not-a-package"),
    ("ModuleNotFoundError: No module named 'requests'", "python-module-not-found"),
    ("AttributeError: 'NoneType' object has no attribute 'b'", "python-none-attribute"),
    ("AttributeError: 'list' object has no attribute 'add'", "python-attribute-missing"),
    ("UnboundLocalError: local variable 'a' referenced before assignment", "python-unbound-local"),
    (
        "UnboundLocalError: cannot access local variable 'a' where it is not associated with a value",
        "python-unbound-local",
    ),
    ("SyntaxError: can't assign to literal", "python-assign-to-literal"),
    ("cannot assign to literal here. Maybe you meant '==' instead of '='?", "python-assign-to-literal"),
    ("java.lang.NullPointerException: Cannot invoke \"A.b()\" because \"a\" is null", "java-null-pointer"),
    ("panic: runtime error: index out of range [5] with length 3", "go-index-out-of-range"),
    ("fatal error: all goroutines are asleep - deadlock!", "go-deadlock"),
    ('ERROR: duplicate key value violates unique constraint "users_email_key"', "sql-unique-violation"),
    ('ERROR: syntax error at or near "FORM"', "sql-syntax"),
    ("! [rejected] main -> main (non-fast-forward)", "git-non-fast-forward"),
    ("fatal: not a git repository (or any of the parent directories): .git", "git-not-a-repository"),
    ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "docker-daemon"),
    ("exec /usr/local/bin/entrypoint: exec format error", "docker-exec-format"),
    ("Back-off restarting failed container api in pod", "kubernetes-crash-loop"),
    ('Failed to pull image "registry.local/a:latest": ErrImagePull', "kubernetes-image-pull"),
    ("has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present", "http-cors"),
    ("HTTP 502 Bad Gateway", "http-502"),
    ("Request failed with status code 401", "http-401"),
]  # fmt: skip


def best(message: str, context: str = "") -> Match:
    """The first match."""
    return classify(message, context, built_in_knowledge(), 1)[0]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_real_messages_find_their_entry(message: str, expected: str) -> None:
    """What tools really print, in old and new wording, comes first and by its pattern."""
    found = best(message)
    assert found.entry.id == expected
    assert found.parts.pattern >= 0.6
    assert found.score >= 0.6


def test_the_infinite_loop_of_use_effect() -> None:
    """The sample of the product: what to type first, why, and what to learn."""
    found = best("Maximum update depth exceeded", "debugging React useEffect infinite loop")
    assert found.score > 0.94
    assert found.prompts[0] == "Add dependency array to useEffect: useEffect(() => {...}, [dependency])"
    assert found.entry.cause.startswith("Missing dependencies cause re-renders")
    assert found.entry.note.startswith("Consider reviewing React hooks lifecycle")
    assert found.entry.skills[0] == "react-hooks"
    assert found.parts.evidence == ("error:react-maximum-update-depth",)
    assert found.parts.language == 1.0


def test_names_in_the_message_fill_the_prompts() -> None:
    """Groups of the pattern are kept, and stand in the prompts."""
    found = best("ModuleNotFoundError: No module named 'requests'")
    assert found.parts.groups == {"module": "requests"}
    assert found.prompts[0].startswith(
        "Install it into the same interpreter: python -m pip install requests;"
    )


def test_a_context_alone_finds_by_its_words() -> None:
    """Without a message the words of the context count, and less than any pattern."""
    found = best("", "debugging React useEffect infinite loop")
    assert found.entry.id == "react-maximum-update-depth"
    assert found.parts.pattern == 0.0
    assert found.score <= 0.4


def test_a_message_in_the_context_counts_half() -> None:
    """A pattern found only in what the person says is worth half of one in the message."""
    inside, told = best("", "it says KeyError: 'a'"), best("KeyError: 'a'")
    assert inside.entry.id == told.entry.id == "python-key-error"
    assert inside.parts.pattern == pytest.approx(told.parts.pattern / 2, abs=1e-4)


def test_invalid_syntax_is_read_again_with_the_code() -> None:
    """The line that a traceback shows tells what the old message does not."""
    message = 'File "a.py", line 3\n    if x = 3:\n         ^\nSyntaxError: invalid syntax'
    assert best(message).entry.id == "python-equal-instead-of-comparison"
    assert best("SyntaxError: invalid syntax").entry.id == "python-invalid-syntax"


def without_language(match: Match) -> float:
    """What pattern and words give together."""
    return 1 - (1 - match.parts.pattern) * (1 - 0.4 * match.parts.text)


def test_signs_of_another_language_halve_a_score() -> None:
    """A Java stack trace speaks against an entry of Python."""
    java = best("KeyError: 'a'\nat com.acme.Main.run(Main.java:12)")
    assert java.entry.id == "python-key-error"
    assert java.parts.language == 0.0
    assert java.score == pytest.approx(without_language(java) / 2, abs=1e-3)


def test_signs_of_the_language_raise_a_score() -> None:
    """They close .15 of the gap to certainty."""
    python = best("KeyError: 'a'", "python")
    assert python.parts.language == 1.0
    assert python.score == pytest.approx(1 - 0.85 * (1 - without_language(python)), abs=1e-3)


def test_signs_of_a_tool_speak_against_no_language() -> None:
    """Docker is used beside any language."""
    docker = best("KeyError: 'a'", "in docker")
    assert docker.parts.language is None
    assert docker.score == pytest.approx(without_language(docker), abs=1e-3)


@pytest.mark.parametrize(
    "message", ["", "   \n", "what a lovely day at the seaside", "\x00\x1b[31m", "'" * 30_000]
)
def test_what_is_no_error_matches_nothing(message: str) -> None:
    """No entry is offered without a sign for it."""
    assert list(classify(message, "", built_in_knowledge(), 5)) == []


def test_a_long_message_is_read_at_both_ends() -> None:
    """The error may stand first or last; the middle of a long text is not read."""
    filler = "qqq www zzz\n" * 2_500
    assert best("KeyError: 'a'\n" + filler).entry.id == "python-key-error"
    assert best(filler + "KeyError: 'a'").entry.id == "python-key-error"
    assert list(classify(filler + "KeyError: 'a'\n" + filler, "", built_in_knowledge(), 5)) == []


def test_scores_fall_and_the_limit_holds() -> None:
    """Best first, within 0 and 1, no entry twice."""
    found = classify(
        "TypeError: 'list' object is not callable", "python function call", built_in_knowledge(), 4
    )
    scores = [match.score for match in found]
    assert len(found) == 4
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] < 1
    assert len({match.entry.id for match in found}) == 4


def test_an_empty_knowledge_base_finds_nothing() -> None:
    """Nothing is known, nothing is said."""
    assert list(classify("KeyError: 'a'", "", Knowledge([]), 5)) == []
