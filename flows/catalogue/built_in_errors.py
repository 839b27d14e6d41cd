"""The error patterns that come with the service: one file per topic in ``errors/``."""

import tomllib
from functools import cache
from pathlib import Path

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.error_patterns import ErrorPattern, parse_error_patterns
from flows.errors import CatalogueError

FOLDER = Path(__file__).parent / "errors"


@cache
def built_in_errors() -> tuple[ErrorPattern, ...]:
    """The built-in error patterns, read once per process."""
    return read_errors(FOLDER)


def read_errors(folder: Path) -> tuple[ErrorPattern, ...]:
    """Read ``*.toml`` from a folder, with skills of the built-in catalogue; raises CatalogueError."""
    documents = [(path.name, _read(path)) for path in sorted(folder.glob("*.toml"))]
    return parse_error_patterns(documents, built_in_catalogue().skills)


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(path.name, "", f"cannot be read: {error}") from None
