"""Flows, stages and what travels between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from config.queues import INTERACTIVE
from flows.deadline import Deadline
from flows.ports import Ports

#: The document of a job: ``request`` and what the stages have written so far. Plain JSON.
Doc = dict[str, Any]

#: ``skip`` goes on with what there is, ``fallback`` with the fields that the flow gives instead;
#: both mark the answer as degraded.
OnError = Literal["skip", "fallback", "fail"]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter that ``flows.json`` may set for a stage, with its bounds.

    ``check`` looks closer at a value of the right type; it raises InvalidInput.
    """

    default: float | int | str | bool | Mapping[str, Any] | Sequence[Any]
    at_least: float | None = None
    at_most: float | None = None
    check: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInput:
    """What a stage gets beside the document.

    ``seed`` is for chance: the same for each attempt at one job, another for each job.
    ``cut_off`` names the exceptions by which the process ends a stage at its limit, for a stage
    that has something to say about it.
    """

    params: Mapping[str, Any]
    ports: Ports
    deadline: Deadline
    seed: str = ""
    cut_off: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage type. ``run`` returns the fields it ``writes``, from the ones it ``reads``.

    ``queue`` says which workers run it. A stage that asks no port is a function of the
    document alone. ``runs_anywhere`` says of a document that the stage will do nothing with it
    that needs the workers of its queue: then it is run on the way, without a hop. ``effect``:
    it changes something that stays, which must happen once per job, so only a job may do it.
    """

    type: str
    run: Callable[[Doc, StageInput], Mapping[str, Any]]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    queue: str = INTERACTIVE
    runs_anywhere: Callable[[Doc, StageInput], bool] | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    effect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of one flow, with the parameters and limits that the flow gives it."""

    stage: Stage
    params: Mapping[str, Any]
    timeout_ms: int
    on_error: OnError
    fallback: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A named sequence of stages.

    ``budget_ms`` is how long a caller who says nothing waits for an answer. ``run_on`` lets a
    worker go on with the next stage in place when it serves that stage's queue. For ``stale_s``
    after its ``cache_ttl_s`` an answer may still be given when nothing better can be had.
    """

    name: str
    version: str
    steps: tuple[Step, ...]
    budget_ms: int
    cache_ttl_s: int
    run_on: bool = True
    stale_s: int = 0

    @property
    def has_effect(self) -> bool:
        """True when an answer is more than an answer, so that it needs a job that is written down."""
        return any(step.stage.effect for step in self.steps)
