"""How long a client is willing to wait: ``Prefer`` (RFC 7240), or ``?mode=`` for people with curl."""

from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.http import parse_dict_header

from flows.errors import InvalidInput

MAX_WAIT_S = 30
MODES = ("sync", "poll")


@dataclass(frozen=True, slots=True)
class Preference:
    """``wait_s`` None means: as long as the flow's budget. ``applied`` goes back to the client."""

    wait_s: float | None = None
    applied: str = ""


def preference_of(headers: Headers, mode: str | None) -> Preference:
    """What the client prefers. A ``Prefer`` that makes no sense is ignored, as the RFC has it;
    a mode that does not exist raises InvalidInput.
    """
    if mode is not None and mode not in MODES:
        raise InvalidInput(f"must be one of {', '.join(MODES)}", field="?mode")
    prefer = parse_dict_header(headers.get("Prefer", ""))
    wait_s = _whole_seconds(prefer.get("wait"))
    if wait_s is not None:
        applied = "respond-async, " if "respond-async" in prefer else ""
        return Preference(min(wait_s, MAX_WAIT_S), f"{applied}wait={min(wait_s, MAX_WAIT_S)}")
    if "respond-async" in prefer:
        return Preference(0, "respond-async")
    return {"sync": Preference(MAX_WAIT_S), "poll": Preference(0)}.get(mode or "", Preference())


def _whole_seconds(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
