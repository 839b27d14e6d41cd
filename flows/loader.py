"""From the text of ``flows.json`` to checked flows."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

from flows.errors import FlowError
from flows.model import Flow, OnError, Param, Stage, Step

BUILT_IN_FILE = Path(__file__).parent / "flows.json"
ON_ERROR = ("skip", "fail")
GIVEN = frozenset({"request"})  #: What a document holds before the first stage.
ANSWER = "answer"  #: What the last stage must have written.
FLOW_FIELDS = frozenset({"stages", "budgetMs", "cacheTtlS", "runOn"})
STAGE_FIELDS = frozenset({"type", "params", "timeoutMs", "onError"})


def load_flows(text: str, registry: Mapping[str, Stage], source: str = "flows.json") -> dict[str, Flow]:
    """Parse and check; raises FlowError with the line that is wrong."""
    return _Loader(text, registry, source).load()


class _Loader:
    """One reading of one text. Holds the text, since JSON values do not know their line."""

    def __init__(self, text: str, registry: Mapping[str, Stage], source: str) -> None:
        self.text, self.registry, self.source = text, registry, source

    def load(self) -> dict[str, Flow]:
        try:
            document = json.loads(self.text)
        except json.JSONDecodeError as error:
            raise FlowError(self.source, error.lineno, error.msg) from None
        if not isinstance(document, dict) or not isinstance(document.get("flows"), dict):
            self.refuse('must be an object with "version" and "flows"')
        version = document.get("version")
        if not isinstance(version, str) or not re.fullmatch(r"[\w.-]{1,64}", version):
            self.refuse("version must be a text of letters, digits, dots and dashes", "version")
        return {name: self.flow(name, version, spec) for name, spec in document["flows"].items()}

    def flow(self, name: str, version: str, spec: Any) -> Flow:
        if not isinstance(spec, dict) or not isinstance(spec.get("stages"), list) or not spec["stages"]:
            self.refuse(f"{name} must have a list of stages", name)
        self.check_fields(spec, FLOW_FIELDS, name)
        steps = []
        written = set(GIVEN)
        for index, stage_spec in enumerate(spec["stages"]):
            step = self.step(name, index, stage_spec)
            missing = [field for field in step.stage.reads if field not in written]
            if missing:
                self.refuse(
                    f"{step.stage.type} reads {', '.join(missing)}, which no stage before it writes",
                    name,
                    index,
                )
            written.update(step.stage.writes)
            steps.append(step)
        if ANSWER not in written:
            self.refuse(f"no stage of {name} writes the {ANSWER}", name)
        return Flow(
            name=name,
            version=version,
            steps=tuple(steps),
            budget_ms=self.whole(spec, "budgetMs", 1, 30_000, name),
            cache_ttl_s=self.whole(spec, "cacheTtlS", 0, 86_400, name),
            run_on=bool(spec.get("runOn", True)),
        )

    def step(self, flow: str, index: int, spec: Any) -> Step:
        stage = self.registry.get(spec.get("type", "")) if isinstance(spec, dict) else None
        if stage is None:
            kind = spec.get("type") if isinstance(spec, dict) else spec
            self.refuse(f"unknown stage {kind!r}; there are: {', '.join(self.registry)}", flow, index)
        self.check_fields(spec, STAGE_FIELDS, flow, index)
        if spec.get("onError") not in ON_ERROR:
            self.refuse(
                f"onError of {stage.type} must be one of {', '.join(ON_ERROR)}", flow, index, "onError"
            )
        return Step(
            stage=stage,
            params=self.params(stage, spec.get("params", {}), flow, index),
            timeout_ms=self.whole(spec, "timeoutMs", 1, 600_000, flow, index),
            on_error=cast(OnError, spec["onError"]),
        )

    def params(self, stage: Stage, given: Any, flow: str, index: int) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.refuse(f"params of {stage.type} must be an object", flow, index, "params")
        for name, value in given.items():
            if name not in stage.params:
                known = ", ".join(stage.params) or "none"
                self.refuse(f"{stage.type} has no parameter {name}; it has: {known}", flow, index, name)
            problem = _problem(stage.params[name], value)
            if problem:
                self.refuse(f"{name} of {stage.type} {problem}", flow, index, name)
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
        raise FlowError(self.source, _line(self.text, *place), message)


def _problem(param: Param, value: Any) -> str:
    """What is wrong with a parameter's value, empty when nothing is."""
    numeric = isinstance(param.default, int | float) and not isinstance(param.default, bool)
    if numeric:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if param.at_least is not None and value < param.at_least:
            return f"must be at least {param.at_least}"
        if param.at_most is not None and value > param.at_most:
            return f"must be at most {param.at_most}"
        return ""
    return "" if isinstance(value, type(param.default)) else f"must be a {type(param.default).__name__}"


def _line(text: str, *place: str | int) -> int:
    """The line of a place: names are looked for one after the other, a number n is the n-th stage."""
    position = 0
    for part in place:
        if isinstance(part, int):
            starts = [m.start() for m in re.finditer(r'"type"\s*:', text[position:])]
            position += starts[part] if part < len(starts) else 0
        else:
            found = text.find(f'"{part}"', position)
            position = found if found >= 0 else position
    return text.count("\n", 0, position) + 1
