"""Reading a decision out of a job's document, whatever flow it was.

Stages say what belongs in the log by writing these well-known fields; one that is missing, or is
not of this form, leaves its part of the decision empty:

- ``candidates``: ids, or ``{id, source or sources, score}``
- ``ranking``: ``{id, score, propensity}``; a learning path's ``unlocks`` counts as its score
- ``filtered`` and ``dropped``: ``{id, filter or rule, reason}``
- ``propensities``: probability by id
- ``features``: single values, and mappings by skill, of which those of the skills at stake are kept
- ``variant``: the name of the experiment's arm; ``llm``: ``{outcome, reason}``
- ``answer``: in its lists named in :data:`ITEM_LISTS`, every entry with an ``id`` was shown

All parts are bounded: a log entry has some kilobytes, however large the document is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from math import isfinite
from typing import Any

from flows.decisions.model import Candidate, Decision, Drop, ShownItem
from flows.model import Doc

#: Where answers keep what a person can act on, at the top or one level below.
ITEM_LISTS = ("path", "suggestions", "prompts", "recommendations", "questions", "items")
SCORES = ("score", "unlocks", "weight")

CANDIDATES = "candidates."  #: How the types of stages begin that make them.

MAX_CANDIDATES = 200
MAX_DROPPED = 200
MAX_SHOWN = 120  #: A path has up to 104 weeks, and there may be feedback on each.
MAX_SKILLS = 8  #: Of one item.
MAX_FEATURES = 50
MAX_TEXT = 160  #: Characters of an id, a name or a reason.
MAX_NUMBERS = 4  #: Of one feature: a level and the number of observations, say.
DIGITS = 4
MOST = 10**15  #: A larger number is no score; a float holds every smaller one.


def decision_of(
    doc: Doc,
    stages: Iterable[Mapping[str, Any]],
    *,
    decision_id: str,
    organisation: str,
    flow: str,
    flow_version: str,
    asked_ms: int,
    ended_ms: float,
) -> Decision:
    """The decision of a job that has ended well; ``stages`` are its records in the ledger."""
    scores = _scores(doc)
    shown = tuple(islice(_shown(doc, scores), MAX_SHOWN))
    latency, reasons = _stages(stages)
    candidates = tuple(islice(_candidates(doc, scores, _only_source(latency)), MAX_CANDIDATES))
    return Decision(
        id=decision_id,
        organisation=organisation,
        flow=flow,
        flow_version=flow_version,
        at_ms=asked_ms,
        total_ms=round(max(0.0, ended_ms - asked_ms), 3),
        user_id=_text(_mapping(doc.get("request")).get("userId")),
        variant=_text(doc.get("variant")),
        features=dict(islice(_features(doc, shown, candidates), MAX_FEATURES)),
        candidates=candidates,
        dropped=tuple(islice(_dropped(doc), MAX_DROPPED)),
        shown=shown,
        llm_outcome=_llm(_mapping(doc.get("llm"))),
        latency_ms=latency,
        degraded=reasons,
    )


def _only_source(stage_types: Iterable[str]) -> str:
    """Where all candidates come from when one stage alone made them, empty when several did."""
    sources = [name.removeprefix(CANDIDATES) for name in stage_types if name.startswith(CANDIDATES)]
    return sources[0] if len(sources) == 1 else ""


def _llm(said: Mapping[str, Any]) -> str | None:
    """What came of asking a language model, with the reason where one is given (``outcome:reason``)."""
    outcome, reason = _text(said.get("outcome")), _text(said.get("reason"))
    return f"{outcome}:{reason}"[:MAX_TEXT] if outcome and reason else outcome


def _candidates(doc: Doc, scores: Mapping[str, float], only_source: str) -> Iterator[Candidate]:
    for entry in _list(doc.get("candidates")) or _list(doc.get("ranking")):
        if isinstance(entry, str):
            entry = {"id": entry}
        if (id_ := _id(entry)) is not None:
            score = _number(entry.get("score"))
            yield Candidate(id_, _source(entry) or only_source, scores.get(id_) if score is None else score)


def _source(entry: Mapping[str, Any]) -> str:
    sources = entry.get("sources")
    if isinstance(sources, (dict, list, tuple)):
        return "+".join(sorted(str(source) for source in sources))[:MAX_TEXT]
    return _text(entry.get("source")) or ""


def _scores(doc: Doc) -> dict[str, float]:
    """The ranker's score by id."""
    found = {}
    for entry in _list(doc.get("ranking")):
        if (id_ := _id(entry)) is not None:
            for name in SCORES:
                if (score := _number(entry.get(name))) is not None:
                    found[id_] = score
                    break
    return found


def _shown(doc: Doc, scores: Mapping[str, float]) -> Iterator[ShownItem]:
    """Items as the answer has them, each id once."""
    seen = set()
    propensities = _propensities(doc)
    for entry in _items(_mapping(doc.get("answer"))):
        id_ = _id(entry)
        if id_ is not None and id_ not in seen:
            seen.add(id_)
            score = _number(entry.get("score"))
            yield ShownItem(
                id_,
                score=scores.get(id_) if score is None else score,
                confidence=_share(entry.get("confidence")),
                propensity=propensities.get(id_),
                skills=tuple(islice(_skills(entry), MAX_SKILLS)),
            )


def _items(answer: Mapping[str, Any]) -> Iterator[Any]:
    parts = (answer, *(part for part in answer.values() if isinstance(part, Mapping)))
    return chain.from_iterable(_list(part.get(name)) for part in parts for name in ITEM_LISTS)


def _skills(entry: Mapping[str, Any]) -> Iterator[str]:
    one = _text(entry.get("skill"))
    if one is not None:
        yield one
    for skill in _list(entry.get("skills")):
        if (named := _text(skill) or _id(skill)) is not None and named != one:
            yield named


def _propensities(doc: Doc) -> dict[str, float]:
    stated = {entry["id"]: entry.get("propensity") for entry in _list(doc.get("ranking")) if _id(entry)}
    stated |= _mapping(doc.get("propensities"))
    return {id_: share for id_, value in stated.items() if (share := _share(value)) is not None}


def _dropped(doc: Doc) -> Iterator[Drop]:
    for entry in chain(_list(doc.get("filtered")), _list(doc.get("dropped"))):
        if (id_ := _id(entry)) is not None:
            by = _text(entry.get("filter")) or _text(entry.get("rule")) or ""
            yield Drop(id_, by, _text(entry.get("reason")) or "")


def _features(
    doc: Doc, shown: Sequence[ShownItem], candidates: Sequence[Candidate]
) -> Iterator[tuple[str, Any]]:
    """Single values under their names; of mappings what was known about the skills at stake."""
    at_stake = dict.fromkeys(chain((s for item in shown for s in item.skills), (c.id for c in candidates)))
    for name, value in _mapping(doc.get("features")).items():
        if _is_value(value):
            yield str(name)[:MAX_TEXT], _kept(value)
        elif isinstance(value, Mapping):
            yield from (
                (f"{name}:{key}"[:MAX_TEXT], _kept(value[key]))
                for key in at_stake
                if key in value and _is_value(value[key])
            )


def _is_value(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return len(value) <= MAX_NUMBERS and all(_number(number) is not None for number in value)
    return isinstance(value, (bool, str)) or _number(value) is not None


def _kept(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_kept(number) for number in value]
    if isinstance(value, str):
        return value[:MAX_TEXT]
    return value if isinstance(value, (bool, int)) else round(value, DIGITS)


def _stages(stages: Iterable[Mapping[str, Any]]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Milliseconds by stage type, and why the answer is degraded."""
    latency: dict[str, float] = {}
    reasons = []
    for stage in stages:
        latency[stage["type"]] = round(latency.get(stage["type"], 0.0) + stage["ms"], 3)
        if stage.get("reason"):
            reasons.append(str(stage["reason"]))
    return latency, tuple(reasons)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _mapping(value: Any) -> Mapping[str, Any]:
    """A dict is told apart first: asking the abstract class takes longer than all the rest."""
    return value if isinstance(value, (dict, Mapping)) else {}


def _id(entry: Any) -> str | None:
    return _text(entry.get("id")) if isinstance(entry, dict) else None


def _text(value: Any) -> str | None:
    return value[:MAX_TEXT] if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    if isinstance(value, float):
        return round(value, DIGITS) if isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST else None


def _share(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 1 else None
