"""Ranking: the score and its parts, variety, rules, and the document of a job."""

import json
from math import fsum
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.mastery import Mastery
from flows.intelligence.ranker.item import Evidence, Item
from flows.intelligence.ranker.person import Person
from flows.intelligence.ranker.rank import Dropped, Ranking, from_document, rank, to_document
from flows.intelligence.ranker.rules import AtMost, AtMostPerSkill, DropDismissed, DropMastered, PinnedFirst
from flows.intelligence.ranker.scoring import Contribution, by_score
from flows.intelligence.ranker.settings import Settings


def item(name: str, score: float = 0.5, **changes: Any) -> Item:
    """A prompt that the errors name with a score."""
    return Item(
        **{"id": name, "type": "prompt", "title": name.upper(), "sources": {"errors": score}, **changes}
    )


def settings(**changes: Any) -> Settings:
    """Relevance alone, wholly trusted, with neither variety nor rules."""
    return Settings(
        **{"weights": {"relevance": 1.0}, "trust": {"errors": 1.0}, "diversity": 0.0, "rules": (), **changes}
    )


def order(ranking: Ranking) -> list[str]:
    return [one.item.id for one in ranking.ranked]


def test_the_score_is_the_sum_of_its_contributions() -> None:
    """Value times weight per feature, largest first, adding up to the score."""
    person = Person(goal={"hooks": 1.0}, session=["hooks"])
    hooks = item("a", 0.5, skill="hooks", evidence=(Evidence(id="error:1", kind="error"),))
    (one,) = rank([hooks], person).ranked
    assert one.contributions == (
        Contribution("relevance", 0.475, 0.45, 0.45 * 0.475),
        Contribution("need", 0.7, 0.2, 0.2 * 0.7),
        Contribution("freshness", 1.0, 0.1, 0.1),
        Contribution("readiness", 1.0, 0.1, 0.1),
        Contribution("session", 1.0, 0.1, 0.1),
        Contribution("evidence", 0.5, 0.05, 0.05 * 0.5),
    )
    assert one.score == fsum(part.contribution for part in one.contributions)
    assert one.score == pytest.approx(0.67875)
    assert (one.position, one.propensity) == (1, None)


def test_a_feature_without_weight_is_no_part_of_the_score() -> None:
    """Neither one that is not named nor one with weight 0."""
    (one,) = rank([item("a")], Person(), settings(weights={"relevance": 0.5, "evidence": 0.0})).ranked
    assert one.contributions == (Contribution("relevance", 0.5, 0.5, 0.25),)
    assert one.score == 0.25


def test_the_best_score_comes_first_and_ties_go_by_id() -> None:
    """Whatever the order in which items are given."""
    given = [item("b"), item("c", 0.9), item("a"), item("d", 0.1)]
    assert order(rank(given, Person(), settings())) == ["c", "a", "b", "d"]
    assert rank(given[::-1], Person(), settings()) == rank(given, Person(), settings())


def test_items_of_one_id_are_one_place() -> None:
    """Two sources of one item are merged before they are scored."""
    (one,) = rank([item("a", 0.2), item("a", 0.8)], Person(), settings()).ranked
    assert (one.item.sources, one.score) == ({"errors": 0.8}, 0.8)


def test_variety_moves_what_is_much_like_what_was_placed() -> None:
    """The third item overtakes the second of the first one's skill, as it is not far behind."""
    given = [item("a", 0.9, skill="x"), item("b", 0.88, skill="x"), item("c", 0.85, skill="y")]
    assert order(rank(given, Person(), settings())) == ["a", "b", "c"]
    assert order(rank(given, Person(), settings(diversity=0.1))) == ["a", "c", "b"]


def test_variety_gives_up_no_more_score_than_allowed() -> None:
    """Same skill and type cost the whole strength, so an item .1 behind and no more passes."""
    near = [item("a", 0.9, skill="x"), item("b", 0.8, skill="x"), item("c", 0.71, skill="y", type="quiz")]
    far = [*near[:2], item("c", 0.69, skill="y", type="quiz")]
    assert order(rank(near, Person(), settings(diversity=0.1))) == ["a", "c", "b"]
    assert order(rank(far, Person(), settings(diversity=0.1))) == ["a", "b", "c"]


def test_variety_remembers_all_that_was_placed() -> None:
    """After a change of subject, the first subject is still one that was there."""
    given = [
        item("a", 0.9, skill="x"),
        item("b", 0.88, skill="x"),
        item("c", 0.85, skill="y", type="quiz"),
        item("d", 0.82, skill="z", type="quiz"),
    ]
    assert order(rank(given, Person(), settings(diversity=0.1))) == ["a", "c", "d", "b"]


def test_equal_scores_go_by_id() -> None:
    """In whatever order they come."""
    (a,), (b,) = (rank([item(name)], Person(), settings()).ranked for name in "ab")
    assert by_score([b, a]) == [a, b]


def test_items_without_a_skill_are_alike_by_type_alone() -> None:
    """Two items that serve no skill are not taken for the same subject."""
    given = [item("a", 0.9), item("b", 0.88), item("c", 0.83, type="quiz")]
    assert order(rank(given, Person(), settings(diversity=0.1))) == ["a", "b", "c"]


def test_every_item_is_ranked_or_dropped_by_a_rule() -> None:
    """Rules run in their order, each drop under the rule's name; positions count what is left."""
    given = [
        item("known", 0.9, skill="css"),
        item("refused", 0.8, skill="x"),
        item("first", 0.7, skill="x"),
        item("second", 0.6, skill="x"),
        item("free", 0.5),
        item("pinned", 0.4),
        item("last", 0.3),
    ]
    rules = (
        DropMastered(0.9),
        DropDismissed(14),
        AtMostPerSkill(1),
        PinnedFirst(("gone", "pinned")),
        AtMost(3),
    )
    person = Person(mastery={"css": Mastery(0.9, 5)}, dismissed={"refused": 13.9, "first": 14.0})
    ranking = rank(given, person, settings(rules=rules))
    assert [(one.item.id, one.position) for one in ranking.ranked] == [
        ("pinned", 1),
        ("first", 2),
        ("free", 3),
    ]
    assert ranking.dropped == (
        Dropped("known", "mastered"),
        Dropped("refused", "dismissed"),
        Dropped("second", "per-skill"),
        Dropped("last", "limit"),
    )


def test_a_skill_seen_seldom_is_not_taken_for_mastered() -> None:
    """Four observations are too few to leave it out."""
    given = [item("a", skill="css")]
    seldom = Person(mastery={"css": Mastery(1.0, 4)})
    assert order(rank(given, seldom, settings(rules=(DropMastered(),)))) == ["a"]


def test_rules_come_after_variety() -> None:
    """What variety placed first of a skill is what the rule keeps."""
    given = [item("a", 0.9, skill="x"), item("b", 0.88, skill="x"), item("c", 0.85, skill="y")]
    ranking = rank(given, Person(), settings(diversity=0.1, rules=(AtMost(2),)))
    assert (order(ranking), ranking.dropped) == (["a", "c"], (Dropped("b", "limit"),))


def test_nothing_to_rank_is_an_empty_ranking() -> None:
    """No items, no places, no drops."""
    assert rank([], Person()) == Ranking((), ())


def test_a_ranking_survives_the_document_of_a_job() -> None:
    """Through JSON text and back it is equal."""
    ranking = rank([item("a"), item("b", skill="x")], Person(), settings(rules=(AtMost(1),)))
    assert from_document(json.loads(json.dumps(to_document(ranking)))) == ranking


@pytest.mark.parametrize("document", [{}, {"ranked": [{}], "dropped": []}, {"ranked": [], "dropped": ["a"]}])
def test_what_is_no_ranking_is_refused(document: dict[str, Any]) -> None:
    """A damaged document is InvalidInput."""
    with pytest.raises(InvalidInput, match="is not a ranking"):
        from_document(document)
