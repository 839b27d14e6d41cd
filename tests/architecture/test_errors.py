"""Errors: all in one file, each with a code and a status."""

import ast
import inspect
import re
from http import HTTPStatus
from pathlib import Path

import pytest

from app.errors import STATUS
from flows import errors
from flows.errors import InvalidRequest, ServiceError

REPOSITORY = Path(__file__).parents[2]
CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, ServiceError) and found.__module__ == errors.__name__
]
NAMES = {found.__name__ for found in CLASSES}

#: Carries other errors, each with a code of its own, so it has that of the plain one.
BUNDLES = {InvalidRequest}


@pytest.mark.parametrize("found", CLASSES)
def test_every_error_has_a_status(found: type[ServiceError]) -> None:
    """Whatever the service raises on purpose is answered with a status of its own choice."""
    assert HTTPStatus(STATUS[found.code]) >= HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("found", [found for found in CLASSES if found not in BUNDLES])
def test_every_error_has_a_code_of_its_own(found: type[ServiceError]) -> None:
    """A client can tell errors apart by a code that says it in snake case."""
    assert "code" in vars(found)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", found.code)
    assert [other for other in CLASSES if other.code == found.code and other not in BUNDLES] == [found]


def test_no_status_is_left_over() -> None:
    """The table has no row for an error that is gone."""
    assert STATUS.keys() == {found.code for found in CLASSES}


@pytest.mark.parametrize("found", [found for found in CLASSES if found.retryable])
def test_what_may_be_asked_again_is_429_or_503(found: type[ServiceError]) -> None:
    """A client that goes by the status alone asks again where that may help: both say when."""
    assert STATUS[found.code] in (429, 503)


@pytest.mark.parametrize("found", CLASSES)
def test_the_overview_names_every_error(found: type[ServiceError]) -> None:
    """The tree at the head of the file has the class under its base, and the class says when it is raised."""
    drawn = [line.expandtabs() for line in (errors.__doc__ or "").splitlines()]
    (line,) = [line for line in drawn if re.search(rf"(?<!\w){found.__name__}\s*(  |$)", line)]
    depth = len(found.__mro__) - len(ServiceError.__mro__)
    assert line.index(found.__name__) == 4 * (depth + 1)
    assert found.__doc__


def classes_with_bases(source: str) -> list[tuple[str, set[str]]]:
    """The classes of a source with the last names of their bases."""
    return [
        (node.name, {ast.unparse(base).rpartition(".")[2] for base in node.bases})
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    ]


def test_errors_of_the_service_are_all_in_one_file() -> None:
    """No other module makes an error of the service's own."""
    elsewhere = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for layer in ("app", "tasks", "flows", "config")
        for path in sorted((REPOSITORY / layer).rglob("*.py"))
        if path != Path(errors.__file__)
        for name, bases in classes_with_bases(path.read_text("utf-8"))
        if bases & NAMES
    ]
    assert elsewhere == []
    assert classes_with_bases("class A(errors.NeverRan, B): ...") == [("A", {"NeverRan", "B"})]
