"""Modules are documented, small, and named after what they hold."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LAYERS = ("app", "tasks", "flows", "config")
MODULES = sorted(path for layer in LAYERS for path in (REPOSITORY / layer).rglob("*.py"))
WRITTEN = [path for path in MODULES if path.read_text("utf-8").strip()]  #: An empty __init__ says enough.
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common_utils", "misc"}

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
LONG_FUNCTION = 20


def name_of(path: Path) -> str:
    """The path as it is shown: from the repository on."""
    return path.relative_to(REPOSITORY).as_posix()


def function_lengths(source: str) -> Iterator[tuple[str, int]]:
    """Name and lines of body of each function, at any depth; its docstring does not count."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield node.name, lines


def test_all_layers_are_looked_at() -> None:
    """The checks of this file see modules of every layer."""
    assert {name_of(path).split("/")[0] for path in WRITTEN} == set(LAYERS)


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_module_says_what_it_is(path: Path) -> None:
    """Every module begins with a docstring."""
    assert (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()


@pytest.mark.parametrize("path", [*MODULES, REPOSITORY / "manage.py"], ids=name_of)
def test_a_module_is_read_in_one_go(path: Path) -> None:
    """No module has 300 lines or more."""
    assert len(path.read_text("utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name_of)
def test_a_name_says_what_is_inside(path: Path) -> None:
    """No module and no folder has a name that fits everything."""
    names = {part.removesuffix(".py").lower() for part in path.relative_to(REPOSITORY).parts}
    assert names & SAYS_NOTHING == set()


def test_functions_are_short() -> None:
    """No function body has more than 40 lines; the message lists those of more than 20."""
    lengths = [
        (lines, f"{name_of(path)}: {name}")
        for path in [*WRITTEN, REPOSITORY / "manage.py"]
        for name, lines in function_lengths(path.read_text("utf-8"))
    ]
    long = sorted((found for found in lengths if found[0] > LONG_FUNCTION), reverse=True)
    shown = "\n".join(f"{lines:4} {place}" for lines, place in long)
    assert max(lengths)[0] <= MOST_LINES_OF_A_FUNCTION, f"functions over {LONG_FUNCTION} lines:\n{shown}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    pass\n", [("f", 1)]),
        ('def f(\n    a,\n):\n    """Words.\n\n    More.\n    """\n    b = 1\n\n    return b\n', [("f", 3)]),
        ('class C:\n    async def m(self):\n        """Words."""\n', [("m", 0)]),
        (
            "def f():\n    def g():\n        x = (\n            1,\n        )\n    return g\n",
            [("f", 5), ("g", 3)],
        ),
    ],
)
def test_lines_of_a_function_are_counted(source: str, expected: list[tuple[str, int]]) -> None:
    """The body counts from its first statement to its last line, blank lines and inner functions included."""
    assert list(function_lengths(source)) == expected
