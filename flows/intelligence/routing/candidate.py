"""What is asked of a model, and what each model has to offer for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from flows.catalogue.model_cards import ModelCard, ModelRegistry
from flows.intelligence.routing.latency import ExpectedLatency, expected_latency
from flows.intelligence.routing.observations import ModelTally, total
from flows.intelligence.routing.quality import ExpectedQuality, expected_quality
from flows.intelligence.routing.timings import TimingTally

DEFAULT_PROMPT_TOKENS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organisation lets a prompt be sent to; ids of models, USD per million tokens."""

    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()
    local_only: bool = False
    most_usd_per_m_tok: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a model is needed for. ``task`` and ``language`` are None where no known one is alike."""

    task: str | None
    language: str | None
    complexity: str
    latency_budget_ms: float
    prompt_tokens: int = DEFAULT_PROMPT_TOKENS
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model with what it is expected to do for a wish. ``tried`` counts its uses for the task."""

    card: ModelCard
    quality: ExpectedQuality
    latency: ExpectedLatency
    tried: int


def candidates(
    registry: ModelRegistry,
    wish: Wish,
    tallies: Sequence[ModelTally],
    *,
    percent: float = 90.0,
    timings: Sequence[TimingTally] = (),
) -> list[Candidate]:
    """Every model of the registry, judged by its card, its own tallies, and its timings."""
    by_model: dict[str, list[ModelTally]] = {}
    for tally in tallies:
        by_model.setdefault(tally.model, []).append(tally)
    return [
        _candidate(
            card,
            wish,
            by_model.get(card.id, []),
            [timing for timing in timings if timing.model == card.id],
            percent,
        )
        for card in registry.models.values()
    ]


def _candidate(
    card: ModelCard,
    wish: Wish,
    own: Sequence[ModelTally],
    timings: Sequence[TimingTally],
    percent: float,
) -> Candidate:
    quality = expected_quality(card, own, task=wish.task, language=wish.language, complexity=wish.complexity)
    latency = expected_latency(
        card,
        own,
        complexity=wish.complexity,
        prompt_tokens=wish.prompt_tokens,
        percent=percent,
        timings=timings,
    )
    tried = total(own, lambda tally: wish.task in (None, tally.task)).uses
    return Candidate(card, quality, latency, tried)


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that a model does not keep. ``excess`` is by what factor, 1 for a yes-or-no limit."""

    limit: str
    reason: str
    excess: float = 1.0


def broken_limits(
    found: Candidate, wish: Wish, available: Collection[str] | None, percent: float = 90.0
) -> list[Broken]:
    """The hard limits that a model does not keep, each with the figures; empty when it may be used.

    ``available`` is what the local server has, None where nobody knows.
    """
    card, policy = found.card, wish.policy
    checks: Mapping[str, Broken | None] = {
        "policy": _policy(card, policy),
        "price": _price(card, policy),
        "availability": _availability(card, available),
        "context": _context(card, wish.prompt_tokens),
        "task": _task(found, wish.task),
        "latency": _latency(found, wish.latency_budget_ms, percent),
    }
    return [broken for broken in checks.values() if broken is not None]


def _policy(card: ModelCard, policy: Policy) -> Broken | None:
    if card.id in policy.deny:
        return Broken("policy", "Denied by the policy")
    if policy.allow is not None and card.id not in policy.allow:
        return Broken("policy", "Not among the models that the policy allows")
    if policy.local_only and not card.local:
        return Broken("policy", "Does not run on own machines, which the policy demands")
    return None


def _price(card: ModelCard, policy: Policy) -> Broken | None:
    most, price = policy.most_usd_per_m_tok, max(card.usd_per_m_tok_in, card.usd_per_m_tok_out)
    if most is None or price <= most:
        return None
    reason = f"Price ${price:.2f} per million tokens exceeds the maximum of ${most:.2f}"
    return Broken("price", reason, price / most if most else price + 1)


def _availability(card: ModelCard, available: Collection[str] | None) -> Broken | None:
    if not card.local or available is None or card.id in available:
        return None
    return Broken("availability", "Not installed on the local server")


def _context(card: ModelCard, prompt_tokens: int) -> Broken | None:
    if prompt_tokens <= card.context_tokens:
        return None
    reason = f"Prompt of {prompt_tokens} tokens exceeds the context of {card.context_tokens}"
    return Broken("context", reason, prompt_tokens / card.context_tokens)


def _task(found: Candidate, task: str | None) -> Broken | None:
    if task is None or task in found.card.tasks or found.tried:
        return None
    return Broken("task", f"Not made for {task}, and never used for it here")


def _latency(found: Candidate, budget_ms: float, percent: float) -> Broken | None:
    high = found.latency.high_ms
    if high <= budget_ms:
        return None
    reason = (
        f"Latency {ceil(high)}ms ({found.latency.basis(percent)}) exceeds the budget of {budget_ms:.0f}ms"
    )
    return Broken("latency", reason, high / budget_ms)
