"""How well a memory fits a query."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.memory.model import Memory, Parts, Recalled, Scope
from flows.memory.ranking import Found, Query, newest, rank, recency, scope_of, score
from flows.memory.statistics import Statistics
from flows.memory.words import memory_words, term
from tests.memories import NOW, remembered

MATES = frozenset({"bob"})


def terms(memory: Memory) -> str:
    return " ".join(term("acme", word) for word in memory_words(memory))


def ranked(query: str, memories: list[Memory], limit: int = 10) -> list[Recalled]:
    """Ann's view of these memories, which are all there are."""
    statistics = Statistics.of(len(memories), map(terms, memories))
    found = [Found(terms(m), m.user_id, m.id, m.at, m.success, lambda m=m: m) for m in memories]
    whose = {"user_id": "ann", "mates": MATES, "now": NOW, "limit": limit}
    return rank(Query.of("acme", query, statistics), found, statistics, **whose)


def test_words_weigh_by_how_rare_they_are() -> None:
    """A word counts the logarithm of its share, drawn to one in twenty by ten memories' worth."""
    common, rare, new = (term("acme", word) for word in ("common", "rare", "new"))
    statistics = Statistics.of(5_000, [*[common] * 89, f"{common} {rare}"])
    assert [statistics.share(t) for t in (common, rare, new)] == pytest.approx([0.905, 0.015, 0.005])
    assert statistics.information(rare) == pytest.approx(4.1997, abs=1e-4)
    assert statistics.expected(rare) == pytest.approx(75.0)
    assert statistics.mean_length == pytest.approx(91 / 90)


def test_a_text_of_mean_length_with_every_word_fits_wholly() -> None:
    """BM25 of each word once in a memory of mean length is 1; without the rarer one, less than half."""
    both, one = ranked("alpha beta", [remembered("1", "alpha beta"), remembered("2", "alpha gamma")])
    assert (both.memory.id, both.parts.text) == ("1", 1.0)
    assert one.parts.text == pytest.approx(0.43, abs=1e-4)
    assert (both.matched, one.matched) == (("beta", "alpha"), ("alpha",))


def test_long_texts_weigh_less_and_repetition_soon_adds_nothing() -> None:
    """Of two with a word the shorter fits better; saying it often helps, but less each time."""
    texts = {"short": "alpha", "long": "alpha " + "filler " * 30, "often": "alpha " * 3 + "filler " * 28}
    found = ranked("alpha beta", [remembered(name, text) for name, text in texts.items()])
    parts = {each.memory.id: each.parts.text for each in found}
    assert parts["short"] > parts["often"] > parts["long"]
    assert parts["often"] < 2 * parts["long"]


def test_what_hardly_fits_is_left_out() -> None:
    """One common word of many says nothing."""
    memories = [remembered(str(n), f"alpha {n}") for n in range(20)]
    assert ranked("alpha", memories, 3)[0].parts.text > 0.9
    assert ranked("alpha beta gamma delta", memories) == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (Parts(1.0, 1.0, 1.0, 1.0), 1.0),
        (Parts(1.0, 0.0, 0.0, 0.0), 0.6),
        (Parts(0.5, 1.0, 0.0, 0.0), 0.4),
        (Parts(0.5, 0.0, 1.0, 0.0), 0.375),
        (Parts(0.5, 0.0, 0.0, 1.0), 0.325),
        (Parts(0.0, 1.0, 1.0, 1.0), 0.0),
    ],
)
def test_a_score_is_the_text_times_the_rest(parts: Parts, expected: float) -> None:
    """0 to 1; nothing recommends a memory that does not fit."""
    assert score(parts) == pytest.approx(expected)


@pytest.mark.parametrize(("days", "expected"), [(-5, 1.0), (0, 1.0), (180, 0.5), (360, 0.25)])
def test_recency_halves(days: float, expected: float) -> None:
    """Every 180 days; what lies ahead counts as new."""
    assert recency(NOW - timedelta(days=days), NOW) == expected


def test_scopes() -> None:
    """One's own, a mate's, anybody else's."""
    assert [scope_of(who, "ann", MATES) for who in ("ann", "bob", "eve")] == list(Scope)


def test_ties_go_to_the_nearer_then_the_newer_then_by_id() -> None:
    """The order does not depend on the order in which a database finds things."""
    memories = [
        remembered("d", "alpha four", user_id="eve"),
        remembered("c", "alpha three"),
        remembered("b", "alpha two"),
        remembered("a", "alpha one", user_id="bob"),
    ]
    assert [each.memory.id for each in ranked("alpha", memories)] == ["b", "c", "a", "d"]
    assert ranked("alpha", memories[::-1]) == ranked("alpha", memories)


def test_the_rarest_words_are_looked_for() -> None:
    """At most sixteen; of these an index is asked for as many as its budget allows, the rarest first."""
    names = [f"w{letter}" for letter in "bcdfghjklmnpqruvwxyz"]
    sample = [" ".join(term("acme", word) for word in names[n:]) for n in range(20)]
    statistics = Statistics.of(200, sample)
    query = Query.of("acme", " ".join(names), statistics)
    assert list(query.words.values()) == names[:16]
    assert [query.words[t] for t in query.within(40, statistics)] == ["wb", "wc"]
    assert query.within(5, statistics) == []


def test_the_newest_need_no_words() -> None:
    """They come newest first, whoever they are of, with the text's part at 1."""
    memories = [remembered("1", days=2), remembered("2", days=1, user_id="bob")]
    found = [Found("", m.user_id, m.id, m.at, m.success, lambda m=m: m) for m in memories]
    first, second = newest(found, user_id="ann", mates=MATES, now=NOW, limit=5)
    assert [(r.memory.id, r.scope, r.parts.text) for r in (first, second)] == [
        ("2", Scope.TEAM, 1.0),
        ("1", Scope.OWN, 1.0),
    ]


def similar(
    similarities: Mapping[str, float | None], least: float | None, query: str = "alpha beta"
) -> list[Recalled]:
    """What comes of memories with the word alpha, or with none of the words, and so much of the meaning."""
    memories = [remembered(name, f"{name.replace('-', ' ')} filler") for name in similarities]
    statistics = Statistics.of(len(memories), map(terms, memories))
    found = [
        Found(terms(m), m.user_id, m.id, m.at, m.success, lambda m=m: m, similarities[m.id]) for m in memories
    ]
    whose = {"user_id": "ann", "mates": MATES, "now": NOW, "limit": 10}
    return rank(Query.of("acme", query, statistics), found, statistics, **whose, least_similar=least)


def test_meaning_finds_what_words_do_not() -> None:
    """Enough of it is enough by itself; with less a memory is found by its words or not at all."""
    found = similar({"near": 0.6, "far": 0.2, "alpha": 0.0}, 0.3)
    assert {each.memory.id for each in found} == {"near", "alpha"}
    assert {each.memory.id: each.matched for each in found} == {"near": (), "alpha": ("alpha",)}


def test_meaning_is_half_of_the_fit() -> None:
    """The fit is the mean of both, and the similarity stands beside it."""
    (by_words,) = similar({"alpha": 0.8}, None)
    (by_both,) = similar({"alpha": 0.8}, 0.3)
    assert by_words.parts.text < 0.8
    assert by_both.parts.text == pytest.approx((by_words.parts.text + 0.8) / 2)
    assert by_both.parts.similarity == 0.8


def test_a_memory_of_which_no_meaning_is_known_is_scored_by_its_words() -> None:
    """That it is not in the index yet is no reason to think it means something else."""
    (by_words,) = similar({"alpha": None}, None)
    (not_known,) = similar({"alpha": None}, 0.3)
    (far,) = similar({"alpha": 0.0}, 0.3)
    assert not_known == by_words
    assert far.parts.text == by_words.parts.text / 2


def test_without_vectors_nothing_counts_but_words() -> None:
    """Then no similarity changes what comes, nor its score."""
    assert [each.memory.id for each in similar({"near": 1.0, "alpha": 0.0}, None)] == ["alpha"]


@given(
    st.dictionaries(st.sampled_from(["alpha", "beta", "alpha-beta", "near"]), st.floats(0, 1), min_size=1),
    st.floats(0.01, 1),
)
def test_a_fit_is_a_share_and_more_meaning_is_no_loss(similarities: dict[str, float], least: float) -> None:
    """Whatever the index says: parts and scores stay 0 to 1, in order, and each memory comes once."""
    found = similar(similarities, least)
    assert all(0 <= each.parts.text <= 1 and 0 <= each.score <= 1 for each in found)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert len({each.memory.id for each in found}) == len(found)
    more = similar({name: min(1.0, value + 0.1) for name, value in similarities.items()}, least)
    scores = {each.memory.id: each.score for each in more}
    assert all(scores[each.memory.id] >= each.score for each in found)
