"""What the rerank stage asks of a language model, in the words of the core.

A model never says ids or an order. It gives log-probabilities, from which the order is read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from flows.deadline import Deadline
from flows.errors import RerankFailed


class Outcome(StrEnum):
    """What came of asking. It goes to the decision log, the metrics and ``degradedReasons``."""

    OK = "ok"
    MALFORMED = "malformed"  #: The answer is not of the form that was asked for.
    LOW_MASS = "low_mass"  #: The model would rather have said something that was not asked.
    TIMEOUT = "timeout"
    BUSY = "busy"  #: All slots of the model were taken; it was not waited for.
    BREAKER_OPEN = "breaker_open"  #: It failed so often lately that it was not asked.
    UNAVAILABLE = "unavailable"
    SKIPPED_BY_GATE = "skipped_by_gate"
    NOT_CONFIGURED = "not_configured"


class Mode(StrEnum):
    """How a model is asked.

    ``LISTWISE``: one prompt with all candidates under letters, one token. The first token's
    log-probabilities give the whole order (Reddy et al. 2024, "FIRST").
    ``POINTWISE``: one prompt per candidate, yes or no, as Qwen3-Reranker was trained for.
    ``ITEM_LIKELIHOOD``, experimental: how likely the item's text is, given the person.
    ``QUERY_LIKELIHOOD``, experimental: how likely the person's words are, given the item (Ponte
    and Croft 1998; with language models Sachan et al. 2022, "UPR"). Both need a server that
    scores a given text: vLLM echoes it, llama.cpp is made to say it, Ollama can do neither.
    """

    LISTWISE = "listwise"
    POINTWISE = "pointwise"
    ITEM_LIKELIHOOD = "item_likelihood"
    QUERY_LIKELIHOOD = "query_likelihood"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model reads, to the byte; no chat template is to be put around it.

    With ``scored_from`` the log-probability of the text from that character on is asked for;
    None asks for the next token.
    """

    text: str
    scored_from: int | None = None


@dataclass(frozen=True, slots=True)
class RerankRequest:
    """One question to a model: the prompts that must all be answered, in their order."""

    mode: Mode
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a model said to one prompt.

    ``tokens`` are natural log-probabilities (at most 0) of the likeliest next tokens;
    ``mean_logprob`` is that of the scored text per token, None where none was asked for.
    """

    tokens: Mapping[str, float] = field(default_factory=dict)
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Where a model's server spent its time, in milliseconds; None where it did not say."""

    load_ms: float | None = None
    prompt_ms: float | None = None
    prompt_tokens: int | None = None
    eval_ms: float | None = None


@dataclass(frozen=True, slots=True)
class RerankAnswer:
    """One reading per prompt, in the order of the prompts, and the name of the model that gave them."""

    model: str
    readings: tuple[Reading, ...]


class Reranker(Protocol):
    """A language model that can be asked within a limit."""

    @property
    def configured(self) -> bool:
        """False where there is no model to ask; says nothing of whether it would answer."""
        ...

    def score(self, request: RerankRequest, deadline: Deadline) -> RerankAnswer:
        """Readings of all prompts by the deadline, at once or not at all.

        Raises RerankFailed with an ``Outcome`` as its code.
        """
        ...


class NoReranker:
    """Stands where no model is configured: rules rank."""

    configured = False

    def score(self, request: RerankRequest, deadline: Deadline) -> RerankAnswer:
        """Nobody to ask."""
        raise RerankFailed(Outcome.NOT_CONFIGURED, "no model is configured")
