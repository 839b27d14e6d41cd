"""The language models that the service knows by itself: ``models.toml``."""

import tomllib
from functools import cache
from pathlib import Path

from flows.catalogue.model_cards import ModelRegistry
from flows.catalogue.parse_models import parse_models
from flows.errors import CatalogueError

FILE = Path(__file__).parent / "models.toml"


@cache
def built_in_models() -> ModelRegistry:
    """The built-in registry, read once per process."""
    return read_models(FILE)


def read_models(path: Path) -> ModelRegistry:
    """Read a file of cards; raises CatalogueError."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(path.name, "", str(error)) from None
    return parse_models([(path.name, document)])
