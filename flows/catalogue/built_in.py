"""The catalogue that comes with the service: ``goals.toml`` and one file per area in ``skills/``."""

import tomllib
from functools import cache
from pathlib import Path

from flows.catalogue.model import BUILT_IN, Catalogue
from flows.catalogue.parse import parse
from flows.errors import CatalogueError

FOLDER = Path(__file__).parent


@cache
def built_in_catalogue() -> Catalogue:
    """The built-in catalogue, read once per process."""
    return read_folder(FOLDER)


def read_folder(folder: Path) -> Catalogue:
    """Read ``skills/*.toml`` and ``goals.toml`` from a folder; raises CatalogueError."""
    paths = [*sorted((folder / "skills").glob("*.toml")), folder / "goals.toml"]
    return parse(BUILT_IN, [(path.name, _read(path)) for path in paths])


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(path.name, "", str(error)) from None
