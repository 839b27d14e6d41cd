"""From documents to checked model cards.

A document is a mapping with any of ``tasks``, ``languages`` and ``models``, as in
``models.toml``. Later documents add to earlier ones, so that an organisation's own cards can be
read beside the built-in ones. Everything wrong is refused with the file and the id.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import isfinite
from types import MappingProxyType
from typing import Any, NoReturn

from flows.catalogue.model_cards import ModelCard, ModelRegistry, Names, QualityPrior, RunsOn
from flows.errors import CatalogueError

Document = Mapping[str, Any]

DOCUMENT_FIELDS = frozenset({"tasks", "languages", "models"})
NAME_FIELDS = frozenset({"id", "also"})
QUALITY_FIELDS = frozenset({"overall", "tasks", "weight", "source"})
MODEL_FIELDS = frozenset(
    {
        "id", "family", "runsOn", "parametersB", "contextTokens", "usdPerMTokIn", "usdPerMTokOut",
        "languages", "tasks", "latencyMs", "quality",
    }
)  # fmt: skip
PLACES: Mapping[Any, RunsOn] = {"ollama": "ollama", "api": "api"}
MAX_TOKENS = 100_000_000
MAX_PRICE = 10_000.0
MAX_MS = 3_600_000.0
MAX_WEIGHT = 20.0  #: An estimate may not outweigh what people have seen.


def parse_models(documents: Iterable[tuple[str, Document]]) -> ModelRegistry:
    """Build a registry from (source, document) pairs; raises CatalogueError."""
    read = list(documents)
    for source, document in read:
        _check_fields(source, "", document, DOCUMENT_FIELDS)
    tasks, languages = _names(read, "tasks"), _names(read, "languages")
    models: dict[str, ModelCard] = {}
    for source, document in read:
        for entry in _entries(source, document, "models"):
            card = _Entry(source, entry, "a model", MODEL_FIELDS).card(tasks, languages)
            if card.id in models:
                raise CatalogueError(source, card.id, "duplicate id")
            models[card.id] = card
    if not models:
        raise CatalogueError(read[0][0] if read else "models", "", "has no models")
    return ModelRegistry(MappingProxyType(models), tasks, languages)


class _Entry:
    """One entry of one document, whose faults are named by file and id."""

    def __init__(self, source: str, entry: Any, kind: str, known: frozenset[str], item: str = "") -> None:
        self.source, self.item, self.entry = source, item or kind, entry
        if not isinstance(entry, Mapping):
            raise CatalogueError(source, self.item, "must be an object")
        self.item = item or self.text("id")
        _check_fields(source, self.item, entry, known)

    def card(self, tasks: Names, languages: Names) -> ModelCard:
        parameters = self.number("parametersB", 0.001, 100_000) if "parametersB" in self.entry else None
        quality = _Entry(self.source, self.entry.get("quality"), "quality", QUALITY_FIELDS, self.item)
        return ModelCard(
            id=self.item,
            family=self.text("family"),
            runs_on=self.place(),
            parameters_b=parameters,
            context_tokens=int(self.number("contextTokens", 1, MAX_TOKENS)),
            usd_per_m_tok_in=self.number("usdPerMTokIn", 0, MAX_PRICE),
            usd_per_m_tok_out=self.number("usdPerMTokOut", 0, MAX_PRICE),
            languages=self.some_of("languages", languages),
            tasks=self.some_of("tasks", tasks),
            latency_ms=self.latency(),
            quality=quality.prior(tasks),
        )

    def prior(self, tasks: Names) -> QualityPrior:
        by_task = self.entry.get("tasks", {})
        if not isinstance(by_task, Mapping):
            self.refuse("quality.tasks must map tasks to estimates")
        for task in by_task:
            self.check_known("quality.tasks", task, tasks)
        return QualityPrior(
            overall=self.number("overall", 0, 1),
            tasks={task: self.checked(f"quality of {task}", by_task[task], 0, 1) for task in by_task},
            weight=self.number("weight", 0.1, MAX_WEIGHT),
            source=self.text("source"),
        )

    def latency(self) -> tuple[tuple[int, float], ...]:
        points = self.entry.get("latencyMs")
        if not isinstance(points, Mapping) or not points:
            self.refuse("latencyMs must map tokens of the prompt to milliseconds")
        if not all(str(tokens).isdecimal() and int(tokens) > 0 for tokens in points):
            self.refuse("latencyMs must be by whole numbers of tokens over 0")
        found = sorted((int(t), self.checked("latencyMs", ms, 0.001, MAX_MS)) for t, ms in points.items())
        if any(later < earlier for (_, earlier), (_, later) in pairwise(found)):
            self.refuse("latencyMs must not fall with the size of the prompt")
        return tuple(found)

    def place(self) -> RunsOn:
        where = self.entry.get("runsOn")
        if not isinstance(where, str) or where not in PLACES:
            self.refuse(f"runsOn must be one of {', '.join(PLACES)}")
        return PLACES[where]

    def text(self, field: str) -> str:
        value = self.entry.get(field)
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{field} must be a text that is not empty")
        return str(value)

    def number(self, field: str, low: float, high: float) -> float:
        return self.checked(field, self.entry.get(field), low, high)

    def checked(self, what: str, value: Any, low: float, high: float) -> float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if not fits or not low <= value <= high:
            self.refuse(f"{what} must be a number from {low:g} to {high:g}")
        return float(value)

    def some_of(self, field: str, names: Names) -> tuple[str, ...]:
        values = self.texts(field)
        for value in values:
            self.check_known(field, value, names)
        return values

    def texts(self, field: str) -> tuple[str, ...]:
        values = self.entry.get(field, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
            self.refuse(f"{field} must be a list of texts that are not empty")
        return tuple(values)

    def check_known(self, field: str, value: str, names: Names) -> None:
        if value not in names.known:
            self.refuse(f"{field} has {value!r}; there are: {', '.join(sorted(names.known))}")

    def refuse(self, message: str) -> NoReturn:
        raise CatalogueError(self.source, self.item, message)


def _names(documents: Iterable[tuple[str, Document]], kind: str) -> Names:
    also: dict[str, str] = {}
    for source, document in documents:
        for entry in _entries(source, document, kind):
            named = _Entry(source, entry, f"an entry of {kind}", NAME_FIELDS)
            for spelling in (named.item, *named.texts("also")):
                if also.setdefault(spelling.casefold(), named.item) != named.item:
                    named.refuse(f"{spelling!r} already means {also[spelling.casefold()]!r}")
    return Names(MappingProxyType(also))


def _entries(source: str, document: Document, kind: str) -> list[Any]:
    entries = document.get(kind, [])
    if not isinstance(entries, list):
        raise CatalogueError(source, kind, "must be a list of objects")
    return entries


def _check_fields(source: str, item: str, entry: Document, known: frozenset[str]) -> None:
    for name in entry:
        if name not in known:
            raise CatalogueError(
                source, item, f"unknown field {name!r}; there are: {', '.join(sorted(known))}"
            )
