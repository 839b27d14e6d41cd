"""Which language or tool an output comes from."""

import pytest

from flows.intelligence.errors.language import detect_languages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Traceback (most recent call last):\nFile "a.py", line 3, in f', {"python"}),
        ("at render (app.js:10:5)\nat main (index.js:1:1)", {"javascript", "typescript"}),
        ("src/a.ts(3,5): error TS2345: Argument", {"javascript", "typescript"}),
        ("at com.acme.Main.run(Main.java:12)", {"java"}),
        ("panic: boom\ngoroutine 1 [running]:", {"go"}),
        ("fatal: not a repository", {"git"}),
        ("docker build with a Dockerfile", {"docker"}),
        ("kubectl get pods", {"kubernetes"}),
        ("a MySQL query", {"sql"}),
        ("debugging React useEffect", {"javascript", "typescript"}),
        ("something else went wrong", set()),
    ],
)
def test_signs_tell_the_language(text: str, expected: set[str]) -> None:
    """Shapes of stack traces and names of tools; TypeScript and JavaScript speak for each other."""
    assert detect_languages(text) == expected
