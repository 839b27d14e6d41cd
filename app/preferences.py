"""How long a client is willing to wait: ``Prefer`` (RFC 7240), or ``?mode=`` for people with curl."""

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.http import parse_list_header

from flows.errors import InvalidInput

MAX_WAIT_S = 30
MODES = ("sync", "poll")
ASYNC = "respond-async"


@dataclass(frozen=True, slots=True)
class Preference:
    """``wait_s`` None means: as long as the flow's budget. ``applied`` is what goes back in
    ``Preference-Applied`` with a 202.
    """

    wait_s: float | None = None
    applied: str = ""

    def confirmed(self, status: int) -> str:
        """What goes back with an answer of this status: none but a 202 came asynchronously."""
        if status == 202:
            return self.applied
        return self.applied.removeprefix(ASYNC).removeprefix(", ")


def preference_of(headers: Headers, mode: str | None) -> Preference:
    """What the client prefers. A ``Prefer`` that makes no sense is ignored, as the RFC has it;
    a mode that does not exist raises InvalidInput.
    """
    if mode is not None and mode not in MODES:
        raise InvalidInput(f"must be one of {', '.join(MODES)}", field="?mode")
    preferences = _parsed(headers.getlist("Prefer"))
    wait_s = _whole_seconds(preferences.get("wait", ""))
    if wait_s is not None:
        applied = f"{ASYNC}, " if ASYNC in preferences else ""
        return Preference(wait_s, f"{applied}wait={wait_s}")
    if ASYNC in preferences:
        return Preference(0, ASYNC)
    return {"sync": Preference(MAX_WAIT_S), "poll": Preference(0)}.get(mode or "", Preference())


def _parsed(lines: Iterable[str]) -> dict[str, str]:
    """Preferences by name: names in any case, parameters dropped, the first of two counts."""
    found: dict[str, str] = {}
    for element in parse_list_header(", ".join(lines)):
        name, _, value = element.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _whole_seconds(text: str) -> int | None:
    """Seconds to wait, bounded; None for what is no whole number."""
    if not (text.isascii() and text.isdigit()):
        return None
    return min(int(text), MAX_WAIT_S) if len(text) < 10 else MAX_WAIT_S
