"""Language models as their cards describe them, and the names of tasks and languages."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from flows.catalogue.nearest import nearest

RunsOn = Literal["ollama", "api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPrior:
    """What quality to expect of a model before anybody has used it, 0 to 1.

    ``tasks`` says where it differs from ``overall``; ``weight`` is how many observations the
    estimate counts as; ``source`` says what it rests on.
    """

    overall: float
    tasks: Mapping[str, float]
    weight: float
    source: str

    def of(self, task: str | None) -> float:
        """The estimate for a task, or overall for one that the card does not name."""
        return self.overall if task is None else self.tasks.get(task, self.overall)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model. Prices are in USD per million tokens, 0 on own machines.

    ``languages`` and ``tasks`` are those it is made for. ``latency_ms`` has pairs of tokens in
    the prompt and milliseconds to the first token, in rising order of tokens.
    """

    id: str
    family: str
    runs_on: RunsOn
    parameters_b: float | None
    context_tokens: int
    usd_per_m_tok_in: float
    usd_per_m_tok_out: float
    languages: tuple[str, ...]
    tasks: tuple[str, ...]
    latency_ms: tuple[tuple[int, float], ...]
    quality: QualityPrior

    @property
    def local(self) -> bool:
        """True when prompts stay on own machines."""
        return self.runs_on == "ollama"

    @property
    def usd_per_m_tok(self) -> float:
        """One price for both directions: three tokens in for one out, as usual in comparisons."""
        return (3 * self.usd_per_m_tok_in + self.usd_per_m_tok_out) / 4

    def latency_at(self, prompt_tokens: int) -> float:
        """Milliseconds for a prompt of that size: straight lines between and beyond the points."""
        points = self.latency_ms
        if len(points) == 1:
            return points[0][1]
        upper = next((n for n, (tokens, _) in enumerate(points) if tokens >= prompt_tokens), len(points) - 1)
        (low, fast), (high, slow) = points[max(upper, 1) - 1], points[max(upper, 1)]
        beyond = (prompt_tokens - low) / (high - low)
        return max(fast + (slow - fast) * beyond, points[0][1] / 2)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one kind of thing, with what else people call them."""

    also: Mapping[str, str]  #: Each name in lower case, and what else it is called, to the name.

    @property
    def known(self) -> Collection[str]:
        """The names themselves."""
        return set(self.also.values())

    def with_more(self, names: Iterable[str]) -> "Names":
        """These and others, such as those that an organisation's own observations use."""
        return Names(MappingProxyType({name.casefold(): name for name in names} | dict(self.also)))

    def find(self, asked: str) -> str | None:
        """The name that was meant, None when nothing is alike."""
        wanted = " ".join(asked.replace("-", " ").replace("_", " ").split()).casefold()
        for spelling in (asked.strip().casefold(), wanted):
            if spelling in self.also:
                return self.also[spelling]
        # A name of one or two letters is alike to nearly everything.
        long = [name for name in self.also if sum(map(str.isalnum, name)) > 2]
        found = nearest(wanted, long, limit=1)
        return self.also[found[0]] if found else None


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """The models there are, by id, and the names that tasks and languages go by."""

    models: Mapping[str, ModelCard]
    tasks: Names
    languages: Names
