"""Imported catalogues on a dict, for tests and for running without a database.

It also holds the rules about names and documents that every catalogue library keeps.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence

from flows.catalogue.model import BUILT_IN, Catalogue
from flows.catalogue.nearest import nearest
from flows.catalogue.parse import Document, parse
from flows.errors import CatalogueError, InvalidInput, UnknownName

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class InMemoryCatalogues:
    """A CatalogueLibrary that forgets everything with the process."""

    def __init__(self, built_in: Callable[[], Catalogue]) -> None:
        self._built_in = built_in
        self._imported: dict[tuple[str, str], Catalogue] = {}

    def get(self, organisation: str, name: str) -> Catalogue:
        """Return a catalogue; raises UnknownName with the nearest names."""
        if name == BUILT_IN:
            return self._built_in()
        found = self._imported.get((organisation, name))
        if found is None:
            raise unknown_catalogue(name, self.names(organisation))
        return found

    def names(self, organisation: str) -> Sequence[str]:
        """Names that ``get`` knows, sorted."""
        keys = list(self._imported)  # One step, so that another thread may write meanwhile.
        return sorted([BUILT_IN, *(name for owner, name in keys if owner == organisation)])

    def put(self, organisation: str, name: str, document: Document, source: str) -> Catalogue:
        """Import a catalogue, in place of one of that name.

        Raises InvalidInput for the name and CatalogueError for the document.
        """
        catalogue, _ = checked(name, document, source)
        self._imported[organisation, name] = catalogue
        return catalogue

    def remove(self, organisation: str, name: str) -> None:
        """Remove an imported catalogue; raises UnknownName, and InvalidInput for the built-in one."""
        check_name(name)
        if self._imported.pop((organisation, name), None) is None:
            raise unknown_catalogue(name, self.names(organisation))


def checked(name: str, document: Document, source: str) -> tuple[Catalogue, str]:
    """The catalogue that a document makes, and the document as canonical JSON.

    The catalogue is made from the canonical JSON, so that reading it back makes the same one.
    """
    check_name(name)
    canonical = _canonical(document, source)
    return parse(name, [(source, json.loads(canonical))]), canonical


def check_name(name: str) -> None:
    """Raises InvalidInput when no imported catalogue can have this name."""
    if name == BUILT_IN:
        raise InvalidInput(
            f"the name {BUILT_IN!r} is taken by the catalogue that comes with the service", field="name"
        )
    if not NAME.fullmatch(name):
        raise InvalidInput(
            "a name has 1 to 64 lower-case letters, digits and hyphens, and begins with no hyphen",
            field="name",
        )


def unknown_catalogue(name: str, names: Iterable[str]) -> UnknownName:
    """The error for a name that is not among the organisation's own."""
    return UnknownName("catalogue", name, nearest(name, names), field="catalogue")


def _canonical(document: Document, source: str) -> str:
    """JSON with sorted keys and no spaces; ASCII, since PostgreSQL's text takes no NUL."""
    try:
        return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise CatalogueError(source, "", f"cannot be written as JSON: {error}") from None
