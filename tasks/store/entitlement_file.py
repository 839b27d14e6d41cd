"""Entitlements of a file as their source; it is read anew when it has changed."""

import json
import os
from collections.abc import Collection
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from flows.errors import BadUpstreamAnswer, EntitlementsNotFound, InvalidInput, UpstreamUnavailable
from flows.intelligence.entitlements.files import read_csv, read_json
from flows.intelligence.entitlements.source import (
    Fetched,
    Organisations,
    SourcedEntitlements,
    sourced_to_json,
)

MOST_BYTES = 64 * 1024 * 1024

#: Tells states of a file apart: its number, size, and nanosecond of the last change.
Stamp = tuple[int, int, int]


class FileEntitlements:
    """An EntitlementSource over a file, CSV by its name or else JSON. Threads may share it."""

    kind = "file"

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, Lock()
        self._read: tuple[Stamp, Organisations] | None = None
        self.identity = blake2b(str(file).encode(), digest_size=8).hexdigest()

    def fetch(self, organisation: str, etag: str | None) -> Fetched:
        """What an organisation has, unless that is what ``etag`` stands for.

        Raises EntitlementsNotFound, UpstreamUnavailable when there is no file to read, and
        BadUpstreamAnswer for one with anything wrong in it, whichever organisation that is about.
        """
        found = self._organisations().get(organisation)
        if found is None:
            raise EntitlementsNotFound("the file does not have the organisation")
        current = etag_of(found)
        return Fetched(None if current == etag else found, current)

    def listed(self) -> Collection[str]:
        """Every organisation in the file. Raises as ``fetch`` does."""
        return self._organisations().keys()

    def _organisations(self) -> Organisations:
        with self._lock:
            try:
                return self._current()
            except OSError as error:
                raise UpstreamUnavailable(f"{self._file.name} cannot be read: {error.strerror}") from error

    def _current(self) -> Organisations:
        with self._file.open("rb") as file:
            status = os.fstat(file.fileno())
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, self._parsed(file.read(MOST_BYTES + 1)))
        return self._read[1]

    def _parsed(self, data: bytes) -> Organisations:
        read = read_csv if self._file.suffix.lower() == ".csv" else read_json
        if len(data) > MOST_BYTES:
            raise BadUpstreamAnswer(f"{self._file.name} has more than {MOST_BYTES} bytes")
        try:
            return read(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise BadUpstreamAnswer(f"{self._file.name} is no UTF-8") from None
        except InvalidInput as error:
            raise BadUpstreamAnswer(f"{self._file.name}: {error}") from error


def etag_of(found: SourcedEntitlements) -> str:
    """A strong validator (RFC 9110, 8.8.3): equal entitlements have equal ones."""
    text = json.dumps(sourced_to_json(found), separators=(",", ":"))
    return f'"{blake2b(text.encode(), digest_size=16).hexdigest()}"'
