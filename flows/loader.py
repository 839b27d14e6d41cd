"""From the text of ``flows.json`` to checked flows."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

from flows.errors import FlowError, InvalidInput
from flows.json_lines import line_at, lines_of
from flows.model import Flow, OnError, Param, Stage, Step

BUILT_IN_FILE = Path(__file__).parent / "flows.json"
ON_ERROR = ("skip", "fallback", "fail")
GIVEN = frozenset({"request"})  #: What a document holds before the first stage.
ANSWER = "answer"  #: What the last stage must have written.
FLOW_FIELDS = frozenset({"stages", "budgetMs", "cacheTtlS", "staleS", "runOn"})
STAGE_FIELDS = frozenset({"type", "params", "timeoutMs", "onError", "fallback"})


def load_flows(text: str, registry: Mapping[str, Stage], source: str = "flows.json") -> dict[str, Flow]:
    """Parse and check; raises FlowError with the line that is wrong."""
    return _Loader(text, registry, source).load()


class _Loader:
    """One reading of one text, which knows the line of everything in it."""

    def __init__(self, text: str, registry: Mapping[str, Stage], source: str) -> None:
        self.registry, self.source = registry, source
        try:
            self.document = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refused)
        except json.JSONDecodeError as error:
            raise FlowError(source, error.lineno, error.msg) from None
        except ValueError as error:
            raise FlowError(source, 1, str(error)) from None
        self.lines = lines_of(text)

    def load(self) -> dict[str, Flow]:
        document = self.document
        if not isinstance(document, dict) or not isinstance(document.get("flows"), dict):
            self.refuse('must be an object with "version" and "flows"')
        version = document.get("version")
        if not isinstance(version, str) or not re.fullmatch(r"[\w.-]{1,64}", version):
            self.refuse("version must be a text of letters, digits, dots and dashes", "version")
        return {name: self.flow(name, version, spec) for name, spec in document["flows"].items()}

    def flow(self, name: str, version: str, spec: Any) -> Flow:
        place = ("flows", name)
        if not isinstance(spec, dict) or not isinstance(spec.get("stages"), list) or not spec["stages"]:
            self.refuse(f"{name} must have a list of stages", *place)
        self.check_fields(spec, FLOW_FIELDS, *place)
        run_on = spec.get("runOn", True)
        if not isinstance(run_on, bool):
            self.refuse("runOn must be true or false", *place, "runOn")
        return Flow(
            name=name,
            version=version,
            steps=self.steps(name, spec["stages"], *place, "stages"),
            budget_ms=self.whole(spec, "budgetMs", 1, 30_000, *place),
            cache_ttl_s=self.whole(spec, "cacheTtlS", 0, 86_400, *place),
            run_on=run_on,
            stale_s=self.whole({"staleS": 0, **spec}, "staleS", 0, 3_600, *place),
        )

    def steps(self, name: str, specs: list[Any], *place: str | int) -> tuple[Step, ...]:
        """The steps in order; each reads only what was written before it."""
        steps = []
        written = set(GIVEN)
        for index, spec in enumerate(specs):
            step = self.step(spec, *place, index)
            missing = [field for field in step.stage.reads if field not in written]
            if missing:
                reads = f"{step.stage.type} reads {', '.join(missing)}"
                self.refuse(f"{reads}, which no stage before it writes", *place, index)
            written.update(step.stage.writes)
            steps.append(step)
        if ANSWER not in written:
            self.refuse(f"no stage of {name} writes the {ANSWER}", *place[:-1])
        return tuple(steps)

    def step(self, spec: Any, *place: str | int) -> Step:
        kind = spec.get("type") if isinstance(spec, dict) else spec
        stage = self.registry.get(kind) if isinstance(kind, str) and isinstance(spec, dict) else None
        if stage is None:
            known = ", ".join(self.registry)
            self.refuse(f"unknown stage {kind!r}; there are: {known}", *place, "type")
        self.check_fields(spec, STAGE_FIELDS, *place)
        if spec.get("onError") not in ON_ERROR:
            self.refuse(f"onError of {stage.type} must be one of {', '.join(ON_ERROR)}", *place, "onError")
        return Step(
            stage=stage,
            params=self.params(stage, spec.get("params", {}), *place, "params"),
            timeout_ms=self.whole(spec, "timeoutMs", 1, 600_000, *place),
            on_error=cast(OnError, spec["onError"]),
            fallback=self.fallback(stage, spec, *place),
        )

    def fallback(self, stage: Stage, spec: Mapping[str, Any], *place: str | int) -> dict[str, Any]:
        """What stands in for the stage: each field that it writes, where onError asks for it."""
        wanted = set(stage.writes) if spec["onError"] == "fallback" else set()
        given = spec.get("fallback", {})
        if not isinstance(given, dict) or set(given) != wanted:
            fields = ", ".join(sorted(wanted)) or "nothing"
            self.refuse(f"fallback of {stage.type} must give {fields}", *place, "fallback")
        return given

    def params(self, stage: Stage, given: Any, *place: str | int) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.refuse(f"params of {stage.type} must be an object", *place)
        for name, value in given.items():
            if name not in stage.params:
                known = ", ".join(stage.params) or "none"
                self.refuse(f"{stage.type} has no parameter {name}; it has: {known}", *place, name)
            problem = _problem(stage.params[name], value)
            if problem:
                self.refuse(f"{name} of {stage.type} {problem}", *place, name)
        return {name: given.get(name, param.default) for name, param in stage.params.items()}

    def whole(self, spec: Mapping[str, Any], field: str, low: int, high: int, *place: str | int) -> int:
        value = spec.get(field)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(f"{field} must be a whole number from {low} to {high}", *place, field)
        return value

    def check_fields(self, spec: Mapping[str, Any], known: frozenset[str], *place: str | int) -> None:
        for field in spec:
            if field not in known:
                self.refuse(f"unknown field {field}; there are: {', '.join(sorted(known))}", *place, field)

    def refuse(self, message: str, *place: str | int) -> NoReturn:
        raise FlowError(self.source, line_at(self.lines, place), message)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is given twice")
    return members


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _problem(param: Param, value: Any) -> str:
    """What is wrong with a parameter's value, empty when nothing is."""
    problem = _problem_of_type(param, value)
    if not problem and param.check is not None:
        try:
            param.check(value)
        except InvalidInput as error:
            return ": ".join(part for part in (error.field, str(error)) if part)
    return problem


def _problem_of_type(param: Param, value: Any) -> str:
    if isinstance(param.default, bool) or not isinstance(param.default, int | float):
        return "" if isinstance(value, type(param.default)) else f"must be a {type(param.default).__name__}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    if isinstance(param.default, int) and not isinstance(value, int):
        return "must be a whole number"
    if param.at_least is not None and value < param.at_least:
        return f"must be at least {param.at_least}"
    if param.at_most is not None and value > param.at_most:
        return f"must be at most {param.at_most}"
    return ""
