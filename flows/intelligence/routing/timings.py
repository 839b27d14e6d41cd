"""What calls of a language model took on its own server, by the size of the prompt."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.rerank.port import Timings

LOAD = "load"  #: A call before which the model had to be loaded, or that did nothing else.
PURPOSES = ("probe", "rerank", "refine", "draft", LOAD)
TO_FIRST_TOKEN = ("probe", "rerank", "refine")  #: Purposes for which one token is asked.
LOADED_MS = 1_000.0  #: A model that is loaded already says less than this of loading it.
MOST_CALLS = 500  #: The newest calls that count: servers and their load change.
SIZES = (
    64,
    128,
    256,
    512,
    1_024,
    2_048,
    4_096,
    8_192,
)  #: Upper bounds in tokens; what is larger is the last.
LONGEST_MS = 3_600_000.0
MOST_TOKENS = 1_000_000
CHARACTERS_PER_TOKEN = 4  #: Of an English prompt, where a server does not say.


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTiming:
    """One call of one model: what the caller waited, and where the server says that it spent it.

    ``at_s`` is seconds since the epoch; the parts are None where the server did not say.
    """

    model: str
    purpose: str
    prompt_tokens: int
    total_ms: float
    at_s: float
    load_ms: float | None = None
    prompt_ms: float | None = None
    eval_ms: float | None = None

    @property
    def size(self) -> int:
        """The bound of the group of prompt sizes that this belongs to."""
        return next((size for size in SIZES if self.prompt_tokens <= size), SIZES[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingTally:
    """Calls of one model with prompts of about one size: means, and the mean of squares of the total."""

    model: str
    prompt_tokens: float
    calls: int
    total_ms: float
    total_ms_squared: float


def timing_of(
    said: Timings, *, model: str, purpose: str, characters: int, total_ms: float, at_s: float
) -> ModelTiming:
    """A timing from what a server said of a prompt of so many characters."""
    tokens = said.prompt_tokens or max(1, characters // CHARACTERS_PER_TOKEN)
    return ModelTiming(
        model=model,
        purpose=purpose,
        prompt_tokens=tokens,
        total_ms=total_ms,
        at_s=at_s,
        load_ms=said.load_ms,
        prompt_ms=said.prompt_ms,
        eval_ms=said.eval_ms,
    )


def to_text(timing: ModelTiming) -> str:
    """The timing as one line of JSON."""
    return json.dumps(asdict(timing), separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> ModelTiming:
    """Read a timing back; raises InvalidInput for what is none."""
    try:
        timing = ModelTiming(**json.loads(text))
    except (ValueError, TypeError):
        raise InvalidInput("is no timing") from None
    if not timing.model or timing.purpose not in PURPOSES or not _is_count(timing.prompt_tokens):
        raise InvalidInput("is no timing of a model")
    numbers = (timing.total_ms, timing.at_s, timing.load_ms, timing.prompt_ms, timing.eval_ms)
    if not all(number is None or _is_number(number) for number in numbers):
        raise InvalidInput("has a time that cannot be")
    return timing


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_TOKENS


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


Group = tuple[str, str, int]  #: Model, purpose, and the bound of a group of prompt sizes.


def by_group(timings: Iterable[ModelTiming]) -> Mapping[Group, list[ModelTiming]]:
    """Timings by group; one that had to wait for the model to be loaded counts as loading it."""
    groups: dict[Group, list[ModelTiming]] = {}
    for timing in timings:
        purpose = LOAD if (timing.load_ms or 0.0) > LOADED_MS else timing.purpose
        groups.setdefault((timing.model, purpose, timing.size), []).append(timing)
    return groups


def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Two summaries of one group in one; of the old calls no more count than leaves room for the new."""
    if old is None:
        return {**new, "calls": min(new["calls"], MOST_CALLS)}
    kept = max(0, min(old["calls"], MOST_CALLS - new["calls"]))
    means = {name: _weighed(old[name], kept, new[name], new["calls"]) for name in new if name != "calls"}
    return {"calls": min(kept + new["calls"], MOST_CALLS), **means}


def _weighed(old: float | None, kept: int, new: float | None, calls: int) -> float | None:
    if old is None or new is None:
        return old if new is None else new
    return (old * kept + new * calls) / (kept + calls)


def summary(timings: list[ModelTiming]) -> dict[str, Any]:
    """Calls of one group in one row: how many, and means of what is known."""
    calls = len(timings)
    return {
        "calls": calls,
        "prompt_tokens": sum(one.prompt_tokens for one in timings) / calls,
        "total_ms": sum(one.total_ms for one in timings) / calls,
        "total_ms_squared": sum(one.total_ms**2 for one in timings) / calls,
        "load_ms": _mean(one.load_ms for one in timings),
        "prompt_ms": _mean(one.prompt_ms for one in timings),
        "eval_ms": _mean(one.eval_ms for one in timings),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
