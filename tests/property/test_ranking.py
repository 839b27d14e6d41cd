"""What holds of any ranking and of any explanation."""

from math import fsum
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.intelligence.explanations.explain import explain, say
from flows.intelligence.explanations.templates import TEMPLATES
from flows.intelligence.mastery import Mastery
from flows.intelligence.ranker.diversity import diversify
from flows.intelligence.ranker.features import FEATURES
from flows.intelligence.ranker.item import SOURCES, Evidence, Item, merge
from flows.intelligence.ranker.person import Person
from flows.intelligence.ranker.rank import rank
from flows.intelligence.ranker.rules import DEFAULT_RULES, AtMost, PinnedFirst
from flows.intelligence.ranker.scoring import by_score, score
from flows.intelligence.ranker.settings import Settings

repeatable = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SHARES = st.floats(0, 1)
SKILLS = st.sampled_from(["a", "b", "c"])
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.text(max_size=8),
    "cause": st.text(max_size=8),
    "at": st.sampled_from(["2026-10-03", "2020-02-29T10:00:00Z", "soon"]),
    "practised": st.just("2026-10-03"),
    "expires": st.just("2026-10-03"),
    "solved": st.booleans(),
    "scope": st.sampled_from(["own", "team", "organisation", "overall"]),
    "then": st.just("Redux"),
    "after": st.just("React"),
    "people": st.integers(0, 9),
    "of": st.integers(0, 9),
    "support": st.integers(0, 9),
    "opportunities": st.integers(0, 9),
    "level": st.floats(-0.5, 1.5),
    "observations": st.integers(0, 3),
    "unlocks": st.just("Hooks"),
    "goal": st.just("Fullstack"),
    "leadsTo": st.just("Redux"),
    "weight": SHARES,
    "days": st.integers(-1, 3),
    "seats": st.integers(-1, 3),
}
FACT_SETS = st.fixed_dictionaries({}, optional=FACTS)


@st.composite
def evidence(draw: st.DrawFn) -> list[Evidence]:
    """Pieces of evidence of any kind, each with an id of its own."""
    kinds = draw(st.lists(st.sampled_from([*TEMPLATES, "gossip"]), max_size=8))
    return [Evidence(id=f"{kind}:{n}", kind=kind, facts=draw(FACT_SETS)) for n, kind in enumerate(kinds)]


ITEMS = st.builds(
    Item,
    id=st.sampled_from([f"prompt:{number}" for number in range(12)]),
    type=st.sampled_from(["prompt", "quiz"]),
    title=st.text(max_size=3),
    text=st.text(max_size=3),
    skill=st.none() | SKILLS,
    sources=st.dictionaries(st.sampled_from(SOURCES), SHARES, max_size=4),
    evidence=evidence().map(tuple),
    minutes=st.none() | st.integers(1, 60),
)
AGES = st.dictionaries(st.sampled_from([f"prompt:{number}" for number in range(12)]), st.floats(0, 100))
PEOPLE = st.builds(
    Person,
    mastery=st.dictionaries(SKILLS, st.builds(Mastery, SHARES, st.integers(0, 9))),
    goal=st.dictionaries(SKILLS, SHARES),
    prerequisites=st.dictionaries(SKILLS, st.lists(SKILLS, max_size=2)),
    session=st.lists(SKILLS, max_size=3),
    seen=AGES,
    dismissed=AGES,
)
SETTINGS = st.builds(
    Settings,
    weights=st.dictionaries(st.sampled_from(FEATURES), SHARES),
    diversity=SHARES,
    rules=st.just((*DEFAULT_RULES, PinnedFirst(("prompt:3",)), AtMost(4))),
)


@repeatable
@given(st.lists(ITEMS, max_size=15), PEOPLE, SETTINGS, st.randoms(use_true_random=False))
def test_a_ranking_holds(items: list[Item], person: Person, chosen: Settings, random: Any) -> None:
    """Scores are the sums of their parts, nothing is lost or doubled, and order given does not matter."""
    ranking = rank(items, person, chosen)
    assert [one.position for one in ranking.ranked] == list(range(1, len(ranking.ranked) + 1))
    names = [one.item.id for one in ranking.ranked] + [dropped.item for dropped in ranking.dropped]
    assert sorted(names) == sorted({item.id for item in items})
    for one in ranking.ranked:
        assert one.score == fsum(part.contribution for part in one.contributions)
        assert all(0 <= part.value <= 1 for part in one.contributions)
        assert all(part.contribution == part.value * part.weight for part in one.contributions)
    shuffled = items[:]
    random.shuffle(shuffled)
    assert rank(shuffled, person, chosen) == ranking


@repeatable
@given(st.lists(ITEMS, max_size=15), PEOPLE, SHARES)
def test_variety_is_bounded(items: list[Item], person: Person, strength: float) -> None:
    """The best stays first, and nobody is overtaken from further behind than allowed."""
    best = by_score(
        [
            score(item, person, dict.fromkeys(FEATURES, 0.2), {}.fromkeys(SOURCES, 0.5))
            for item in merge(items)
        ]
    )
    varied = diversify(best, strength)
    assert varied[:1] == best[:1]
    assert sorted(one.item.id for one in varied) == sorted(one.item.id for one in best)
    for place, one in enumerate(varied):
        assert all(later.score - one.score <= strength + 1e-12 for later in varied[place + 1 :])


@repeatable
@given(evidence(), st.data())
def test_a_sentence_goes_with_its_evidence(pieces: list[Evidence], data: st.DataObject) -> None:
    """Of any part of the evidence, what is said rests on that part alone, each piece saying its own."""
    kept = [piece for piece in pieces if data.draw(st.booleans())]
    for explanation in explain(kept, limit=99):
        (name,) = explanation.evidence_ids
        (piece,) = [piece for piece in kept if piece.id == name]
        assert explanation.text == say(piece)
    gone = {piece.id for piece in pieces} - {piece.id for piece in kept}
    assert gone.isdisjoint(
        name for explanation in explain(kept, limit=99) for name in explanation.evidence_ids
    )


@repeatable
@given(evidence(), st.data())
def test_taking_evidence_away_takes_only_its_own_sentence(
    pieces: list[Evidence], data: st.DataObject
) -> None:
    """With one piece per kind, and popularity aside, all other sentences stay."""
    single = {piece.kind: piece for piece in pieces if piece.kind != "popular"}
    whole = explain(single.values(), limit=99)
    kept = [piece for piece in single.values() if data.draw(st.booleans())]
    names = {piece.id for piece in kept}
    assert explain(kept, limit=99) == tuple(one for one in whole if names.issuperset(one.evidence_ids))


@repeatable
@given(FACT_SETS, st.sampled_from(sorted(TEMPLATES)))
def test_a_sentence_is_whole(facts: dict[str, Any], kind: str) -> None:
    """One line that ends as a sentence does, no slot left open, and of no fewer than three other people."""
    sentence = say(Evidence(id="x:1", kind=kind, facts=facts))
    if sentence is not None:
        assert sentence.isprintable()
        assert sentence.endswith((".", "?", "!"))
        assert "None" not in sentence
        if kind in ("pattern", "popular") and facts.get("scope") != "own":
            assert facts["people"] >= 3
