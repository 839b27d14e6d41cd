"""Which sentences are said of an item, and in which order."""

from typing import Any

from flows.intelligence.explanations.explain import Explanation, explain
from flows.intelligence.ranker.item import Evidence
from flows.intelligence.ranker.scoring import Contribution


def piece(kind: str, name: str = "1", **facts: Any) -> Evidence:
    """A piece of evidence."""
    return Evidence(id=f"{kind}:{name}", kind=kind, facts=facts)


def added(**by_feature: float) -> list[Contribution]:
    """Contributions of features with weight 1."""
    return [Contribution(feature, value, 1.0, value) for feature, value in by_feature.items()]


ERROR = piece("error", cause="Missing keys")
GOAL = piece("goal", title="Keys", leadsTo="Lists")
SESSION = piece("session", title="Keys")
POPULAR = piece("popular", people=9)


def texts(found: tuple[Explanation, ...]) -> list[str]:
    return [explanation.text for explanation in found]


def test_a_sentence_names_its_evidence() -> None:
    """Text and ids belong together."""
    assert explain([ERROR]) == (Explanation("Missing keys.", ("error:1",)),)


def test_what_added_most_comes_first() -> None:
    """The larger contribution leads, however the evidence is ordered."""
    for evidence in ([ERROR, GOAL, SESSION], [SESSION, GOAL, ERROR]):
        found = explain(evidence, added(relevance=0.1, need=0.3, session=0.2), limit=3)
        assert texts(found) == [
            "Keys is needed for Lists.",
            "You worked on Keys in this session.",
            "Missing keys.",
        ]


def test_a_feature_that_added_nothing_explains_nothing() -> None:
    """Neither one with a contribution of 0 nor one that the flow does not weigh."""
    assert texts(explain([ERROR, GOAL, SESSION], added(relevance=0.1, need=0.0))) == ["Missing keys."]


def test_mastery_speaks_for_need_and_for_readiness() -> None:
    """It is said when either added to the score."""
    mastery = piece("mastery", title="Keys", level=0.6, observations=8)
    assert len(explain([mastery], added(need=0.0, readiness=0.1))) == 1
    assert len(explain([mastery], added(need=0.1, readiness=0.0))) == 1
    assert explain([mastery], added(need=0.0, relevance=0.5)) == ()


def test_two_sentences_are_said_unless_more_are_asked_for() -> None:
    """The most telling kinds stay."""
    evidence = [SESSION, GOAL, ERROR]
    assert texts(explain(evidence)) == ["Missing keys.", "Keys is needed for Lists."]
    assert len(explain(evidence, limit=3)) == 3


def test_a_kind_is_said_once() -> None:
    """The first piece by id that carries a sentence speaks for its kind."""
    empty, second, third = piece("error", "1"), piece("error", "2", cause="B"), piece("error", "3", cause="C")
    assert explain([third, second, empty]) == (Explanation("B.", ("error:2",)),)


def test_popularity_is_the_last_resort() -> None:
    """It is said only where there is nothing else to say."""
    assert texts(explain([POPULAR, SESSION])) == ["You worked on Keys in this session."]
    assert texts(explain([POPULAR, piece("error")], added(relevance=0.1))) == ["9 people took this up."]


def test_without_evidence_nothing_is_said() -> None:
    """Whatever the score is made of."""
    assert explain([], added(relevance=0.9, need=0.9)) == ()
    assert explain([piece("gossip", title="Keys")]) == ()
