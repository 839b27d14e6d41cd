"""``llm.rerank.qwen3``: a language model's order, blended with the rules', within a strict limit.

The rules' order stands whenever the model is not asked or gives nothing that can be used. The
field ``llm`` says in any case what came of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from config.queues import LLM
from flows.catalogue.model import Catalogue
from flows.document import features_of
from flows.errors import InvalidInput, PortUnavailable, RerankFailed, StageTimeout
from flows.intelligence.blend.travel import ranking_from_fields, ranking_to_fields
from flows.intelligence.ranker.rank import Ranking
from flows.intelligence.ranker.scoring import Ranked
from flows.intelligence.rerank.blend import MOST_WEIGHT, blended, moved
from flows.intelligence.rerank.cards import card_of, query_of, words_of
from flows.intelligence.rerank.gate import Gate
from flows.intelligence.rerank.judging import judge
from flows.intelligence.rerank.port import Mode, Outcome, RerankRequest
from flows.intelligence.rerank.prompts import MOST, request_of
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """The blended ranking and ``llm``: outcome, mode, model, mass (0 to 1), ms, and how many items moved.

    Raises RerankFailed when the model was asked and did not help. It carries ``llm``, the ranking
    in the document stays as it is, and the flow's ``onError`` decides what that means.
    """
    if not_asked := reason_not_to_ask(doc, given):
        return {"ranking": doc["ranking"], "dropped": doc["dropped"], "llm": not_asked}
    ranking = ranking_from_fields(doc)
    pool = ranking.ranked[: given.params["candidates"]]
    question = _question(doc, given, pool)
    started_s = given.deadline.now_s()
    failures: tuple[type[Exception], ...] = (RerankFailed, PortUnavailable, StageTimeout, *given.cut_off)
    try:
        answer = given.ports.reranker.score(
            question, given.deadline.sooner(given.params["limitMs"]), given.seed
        )
        judgement = judge(question.mode, answer.readings, len(pool))
    except failures as error:
        raise _failure(error, question.mode, _ms_since(started_s, given)) from error
    order = blended(ranking.ranked, judgement.order, given.params["weight"])
    llm = {
        "outcome": str(Outcome.OK),
        "mode": str(question.mode),
        "model": answer.model,
        "mass": None if judgement.mass is None else round(judgement.mass, 4),
        "ms": _ms_since(started_s, given),
        "moved": moved(ranking.ranked, order),
    }
    return {**ranking_to_fields(Ranking(order, ranking.dropped)), "llm": llm}


def _failure(error: Exception, mode: Mode, ms: float) -> RerankFailed:
    outcome = outcome_of(error)
    llm = {"outcome": outcome, "mode": str(mode), "ms": ms}
    return RerankFailed(outcome, str(error), updates={"llm": llm})


def reason_not_to_ask(doc: Doc, given: StageInput) -> dict[str, str]:
    """What goes into ``llm`` when the model is not asked; empty when it is to be asked."""
    if not given.ports.reranker.configured:
        return {"outcome": str(Outcome.NOT_CONFIGURED)}
    gate = Gate(few_events=given.params["fewEvents"], many_words=given.params["manyWords"])
    reason = gate.reason_to_skip(
        events=doc["features"]["events"] if "features" in doc else None,
        words=words_of(doc["request"]),
        candidates=len(doc["ranking"]),
    )
    return {"outcome": str(Outcome.SKIPPED_BY_GATE), "reason": reason} if reason else {}


def in_passing(doc: Doc, given: StageInput) -> Mapping[str, Any] | None:
    """What comes of the stage where nobody is asked; None when a slot is reserved for those who ask.

    So no job waits behind another one before the model, and one that is dead costs no hop. Raises
    RerankFailed when there is no use in asking now.
    """
    if not_asked := reason_not_to_ask(doc, given):
        return {"ranking": doc["ranking"], "dropped": doc["dropped"], "llm": not_asked}
    outcome = given.ports.reranker.reserve(given.seed, given.deadline.sooner(given.params["limitMs"]))
    if outcome is None:
        return None
    raise _failure(RerankFailed(outcome, "not asked"), Mode(given.params["mode"]), 0.0)


def _question(doc: Doc, given: StageInput, pool: Sequence[Ranked]) -> RerankRequest:
    request = doc["request"]
    catalogue: Catalogue = given.ports.catalogues.get(request["organisation"], request["catalogue"])
    cards = [card_of(one.item, catalogue) for one in pool]
    return request_of(Mode(given.params["mode"]), query_of(request, features_of(doc), catalogue), cards)


def outcome_of(error: Exception) -> str:
    """The outcome that stands for an error: a code that is none by itself is ``unavailable``.

    Whatever the process cuts a stage off with is a ``timeout``.
    """
    if isinstance(error, RerankFailed):
        return error.code if error.code in set(Outcome) else str(Outcome.UNAVAILABLE)
    return str(Outcome.UNAVAILABLE if isinstance(error, PortUnavailable) else Outcome.TIMEOUT)


def _ms_since(started_s: float, given: StageInput) -> float:
    return round((given.deadline.now_s() - started_s) * 1000, 3)


def checked_mode(mode: str) -> Mode:
    """The mode of that name; raises InvalidInput."""
    if mode not in set(Mode):
        raise InvalidInput(f"must be one of {', '.join(Mode)}")
    return Mode(mode)


STAGE = Stage(
    type="llm.rerank.qwen3",
    run=run,
    reads=("request", "ranking", "dropped"),
    writes=("ranking", "dropped", "llm"),
    queue=LLM,
    in_passing=in_passing,
    params={
        "mode": Param(default=str(Mode.LISTWISE), check=checked_mode),
        "candidates": Param(default=12, at_least=2, at_most=MOST),
        "weight": Param(default=0.3, at_least=0, at_most=MOST_WEIGHT),
        "fewEvents": Param(default=100, at_least=0),
        "manyWords": Param(default=12, at_least=1),
        "limitMs": Param(default=130, at_least=1, at_most=60_000),
    },
)
"""Parameters: how the model is asked (``mode``), about how many of the first ``candidates``, and how
much it counts (``weight``). It is asked about people with fewer than ``fewEvents`` events and for
queries of ``manyWords`` words or more, and must answer within ``limitMs``.
"""
