"""Errors are told apart by what is constant in their messages."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from flows.intelligence.patterns.error_fingerprint import LONGEST_FINGERPRINT, error_fingerprint

DATA = Path(__file__).parents[6] / "shared" / "data" / "errors"

TRACEBACK = """Traceback (most recent call last):
  File "/home/ann/app/main.py", line 12, in <module>
    total = pricce * 2
NameError: name 'pricce' is not defined"""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("KeyError: 'alpha'", "keyerror: <quoted>"),
        ('expected "a" but got `b`', "expected <quoted> but got <quoted>"),
        ("the user's name isn't set", "the user's name isn't set"),
        ("list index 7 out of range 3", "list index <number> out of range <number>"),
        ("took 5000ms and 1.5 MB", "took <number> and <number> mb"),
        ("cannot open /etc/app/config.yml", "cannot open <path>"),
        (r"cannot open C:\Users\ann\x.txt now", "cannot open <path> now"),
        ("see src/app/main.py", "see <path>"),
        ("cannot reach https://example.com/a?b=1 now", "cannot reach <url> now"),
        ("user 3fa85f64-5717-4562-b3fc-2c963f66afa6 unknown", "user <id> unknown"),
        ("commit 9fceb02d0ae5 not found", "commit <id> not found"),
        ("bad address 0x7ffee", "bad address <id>"),
        ("failed at 2024-01-02T03:04:05Z", "failed at <time>"),
        ("12:01:02 worker died", "<time> worker died"),
        ("user.name is not a function", "<name> is not a function"),
        ("fetch_all() missing 1 argument", "<name>() missing <number> argument"),
        ("React Hook useEffect has a missing dependency", "react hook <name> has a missing dependency"),
        ("ReferenceError: total is not defined", "referenceerror: <name> is not defined"),
    ],
)
def test_what_varies_is_masked(message: str, expected: str) -> None:
    """Quoted text, numbers, paths, addresses, ids, times and identifiers become their class."""
    assert error_fingerprint(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("error TS2345: wrong type", "error ts2345: wrong type"),
        ("Request failed with status code 404", "request failed with status code 404"),
        ("error[E0382]: borrow of moved value: `x`", "error[e0382]: borrow of moved value: <quoted>"),
        ("java.lang.NullPointerException: oh", "nullpointerexception: oh"),
        ("psycopg2.errors.UniqueViolation: duplicate key", "uniqueviolation: duplicate key"),
    ],
)
def test_what_names_an_error_stays(message: str, expected: str) -> None:
    """Exceptions and codes are kept, without the package that they come from."""
    assert error_fingerprint(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (TRACEBACK, "nameerror: name <quoted> is not defined"),
        (f"Starting the app\n{TRACEBACK}", "nameerror: name <quoted> is not defined"),
        ("TypeError: x is not iterable\n    at App (App.js:3:4)", "typeerror: <name> is not iterable"),
        ("\n\nboom\nmore", "boom"),
        ('Exception in thread "main" java.io.IOException: gone\n\tat A.b(A.java:5)', "ioexception: gone"),
        ("Uncaught TypeError: no", "typeerror: no"),
        ("src/app.ts(12,5): error TS2345: wrong", "error ts2345: wrong"),
        ("main.c:5:3: error: missing semicolon", "missing semicolon"),
        ("Maximum update depth exceeded. This can happen when", "maximum update depth exceeded"),
        ("No module named 'a.b'; 'a' is not a package", "no module named <quoted>"),
        ("  Broken   PIPE!  ", "broken pipe"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_the_telling_sentence_counts(message: str, expected: str) -> None:
    """Of a traceback or a compiler's output, only the sentence that names the error."""
    assert error_fingerprint(message) == expected


def test_a_fingerprint_is_bounded() -> None:
    """A very long message gives 160 characters at most, quickly."""
    assert error_fingerprint("x " * 100_000) == ("x " * 80).strip()
    assert error_fingerprint(f"'{'a ' * 240}' is bad") == "<quoted> is bad"
    assert error_fingerprint(f"'{'a ' * 250}' is bad") == f"'{'a ' * 80}"[:160].strip()
    assert len(error_fingerprint("word " * 50)) <= LONGEST_FINGERPRINT


@pytest.mark.parametrize(
    ("file", "messages", "fingerprints"), [("python_runtime", 113, 68), ("python_syntax", 78, 73)]
)
def test_real_messages_fall_together_by_template(file: str, messages: int, fingerprints: int) -> None:
    """Of Python's own messages those with one template get one fingerprint, and only those."""
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    found = defaultdict(set)
    for case in json.loads((DATA / f"{file}.json").read_text("utf-8")):
        found[error_fingerprint(case["error"])].add(case["error"])
    assert sum(map(len, found.values())) == messages
    assert len(found) == fingerprints
    assert all(len({text.partition(":")[0] for text in texts}) == 1 for texts in found.values())
