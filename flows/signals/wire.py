"""Events as clients send them: our own form, and xAPI statements (the standard of LMSs).

Both come out as the same :class:`flows.signals.events.Event`, so nothing behind this cares
which of them it was.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flows.errors import InvalidInput
from flows.json_object import moment_of
from flows.signals.events import Event, Kind

#: What an xAPI verb means to us, by the last part of its IRI (ADL's and TinCan's registries).
VERBS = {
    "attempted": Kind.EXERCISE_ATTEMPTED,
    "passed": Kind.EXERCISE_SOLVED,
    "mastered": Kind.EXERCISE_SOLVED,
    "failed": Kind.EXERCISE_ATTEMPTED,
    "launched": Kind.COURSE_STARTED,
    "initialized": Kind.COURSE_STARTED,
    "registered": Kind.COURSE_STARTED,
    "completed": Kind.COURSE_COMPLETED,
    "answered": Kind.QUIZ_ANSWERED,
}
SKILL_EXTENSION = "skill"  #: Last part of the context extension that names a skill of ours.
NEEDS_SUCCESS = frozenset({Kind.QUIZ_ANSWERED})


def event_from(organisation: str, sent: Mapping[str, Any]) -> Event:
    """An event from its wire form, whose fields were checked by a schema."""
    return Event(
        id=sent["id"],
        organisation=organisation,
        user_id=sent["userId"],
        kind=Kind(sent["kind"]),
        at=sent["at"].astimezone(UTC),
        session_id=sent.get("sessionId"),
        skill=sent.get("skill"),
        item=sent.get("item"),
        success=sent.get("success"),
        text=sent.get("text", ""),
        data=sent.get("data", {}),
    )


def event_from_statement(organisation: str, statement: Mapping[str, Any], field: str) -> Event:
    """An event from an xAPI statement; raises InvalidInput at the part that cannot be used.

    ``field`` is where the statement stands in the request.
    """
    kind = _kind(statement, f"{field}/verb/id")
    result = _mapping(statement.get("result", {}), f"{field}/result")
    success = result.get("success")
    if kind in NEEDS_SUCCESS and not isinstance(success, bool):
        raise InvalidInput("an answer needs success true or false", field=f"{field}/result/success")
    context = _mapping(statement.get("context", {}), f"{field}/context")
    return Event(
        id=_text(statement, "id", field),
        organisation=organisation,
        user_id=_actor(statement, f"{field}/actor"),
        kind=kind,
        at=_time(statement, f"{field}/timestamp"),
        session_id=context.get("registration"),
        skill=_skill(context, field),
        item=_text(_mapping(statement.get("object"), f"{field}/object"), "id", f"{field}/object"),
        success=success if isinstance(success, bool) else None,
        text=str(result.get("response", "")),
    )


def _kind(statement: Mapping[str, Any], field: str) -> Kind:
    verb = _text(_mapping(statement.get("verb"), field), "id", field)
    name = verb.rstrip("/").rpartition("/")[2].lower()
    if name not in VERBS:
        raise InvalidInput(f"the verb {name!r} means nothing here; known: {', '.join(VERBS)}", field=field)
    return VERBS[name]


def _actor(statement: Mapping[str, Any], field: str) -> str:
    """The account's name where there is one: mailboxes change."""
    actor = _mapping(statement.get("actor"), field)
    account = actor.get("account")
    if isinstance(account, Mapping):
        return _text(account, "name", f"{field}/account")
    return _text(actor, "mbox", field).removeprefix("mailto:")


def _time(statement: Mapping[str, Any], field: str) -> datetime:
    try:
        return moment_of(str(statement.get("timestamp")))
    except ValueError as error:
        raise InvalidInput(str(error), field=field) from None


def _skill(context: Mapping[str, Any], field: str) -> str | None:
    extensions = _mapping(context.get("extensions", {}), f"{field}/context/extensions")
    named: Sequence[Any] = [v for name, v in extensions.items() if name.endswith(f"/{SKILL_EXTENSION}")]
    return str(named[0]) if named else None


def _mapping(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput("must be an object", field=field)
    return value


def _text(mapping: Mapping[str, Any], name: str, field: str) -> str:
    value = mapping.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 2_000:
        raise InvalidInput("must be a text that is not empty", field=f"{field}/{name}")
    return value
