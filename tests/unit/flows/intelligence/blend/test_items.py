"""What sources find, as items."""

from typing import Any

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.blend.items import (
    from_collaborative,
    from_errors,
    from_memories,
    from_patterns,
    from_resolutions,
    named,
    with_mastery,
)
from flows.intelligence.explanations.explain import explain
from flows.intelligence.mastery import Mastery
from flows.intelligence.ranker.item import Item, merge

CATALOGUE = built_in_catalogue()

MATCH = {
    "id": "react-effect-loop",
    "title": "Effect loop",
    "cause": "The effect changes what it depends on.",
    "prompts": ["Add a dependency array.", "Move the state up."],
    "skills": ["react-hooks", "react-fundamentals"],
    "score": 0.8,
    "evidence": ["error:react-effect-loop"],
}
MEMORY: dict[str, Any] = {
    "kind": "solution",
    "title": "",
    "text": "Added [] to useEffect",
    "skill": "react-hooks",
    "success": True,
    "at": "2026-10-03T09:00:00+00:00",
    "score": 0.6,
    "scope": "own",
    "evidence": "memory:7",
}
PATTERN: dict[str, Any] = {
    "type": "skill",
    "id": "react-hooks",
    "title": "React Hooks",
    "skill": "react-hooks",
    "score": 0.3,
    "evidence": {
        "ids": ["pattern:organisation/skill_transition/x", "event:1"],
        "pattern": "skill_transition",
        "scope": "organisation",
        "antecedent": ["skill:react-fundamentals"],
        "support": 5,
        "opportunities": 8,
        "people": 4,
        "lift": 2.0,
    },
}


def said(item: Item) -> list[str]:
    return [explanation.text for explanation in explain(item.evidence)]


def test_each_way_to_fix_an_error_is_a_prompt() -> None:
    """The first counts most; each says the cause."""
    first, second = from_errors([MATCH])
    assert (first.id, first.title, first.skill) == (
        "prompt:error/react-effect-loop/1",
        "Add a dependency array.",
        "react-hooks",
    )
    assert (first.sources, second.sources) == ({"errors": 0.8}, {"errors": 0.76})
    assert said(second) == ["Effect loop: The effect changes what it depends on."]


def test_a_memory_says_when_it_was() -> None:
    """A solution of one's own that worked."""
    (item,) = from_memories([MEMORY])
    assert (item.type, item.title, item.sources) == (
        "solution",
        "Added [] to useEffect",
        {"memory": 0.6},
    )
    assert said(item) == ["You fixed this on 3 October."]


def test_a_solution_is_one_whoever_names_it() -> None:
    """What a memory and a pattern say in the same words is one item with the evidence of both."""
    found = {"fix": "Added [] to useEffect", "score": 0.7, "scope": "own", "evidence": "pattern:own/x"}
    (item,) = merge(from_memories([MEMORY]) + from_resolutions([found]))
    assert item.sources == {"memory": 0.6, "patterns": 0.7}
    assert [piece.id for piece in item.evidence] == ["memory:7", "pattern:own/x"]


def test_a_memory_of_what_did_not_work_does_not_say_fixed() -> None:
    """What failed was met and not fixed; so was what is only a note."""
    (failed,) = from_memories([MEMORY | {"success": False, "scope": "team"}])
    (note,) = from_memories([MEMORY | {"success": None, "kind": "note", "title": "Hooks"}])
    assert said(failed) == ["Someone in your team met this on 3 October."]
    assert said(note) == ["You met this on 3 October: Hooks."]


def test_a_fix_that_worked_before_says_how_often() -> None:
    """One fix has one id; without counts nothing is said."""
    found = {"fix": "Pin the version", "score": 0.7, "scope": "overall", "evidence": "pattern:overall/x"}
    counted = found | {"support": 5, "opportunities": 8, "people": 4}
    (bare,), (full,) = from_resolutions([found]), from_resolutions([counted])
    assert bare.id == full.id
    assert (full.type, full.text, full.sources) == ("solution", "Pin the version", {"patterns": 0.7})
    assert said(bare) == []
    assert said(full) == ["This resolved the same error 5 of 8 times, for 4 people."]


def test_a_pattern_says_what_came_after_what() -> None:
    """Counts come from the pattern, names from the catalogue."""
    (item,) = from_patterns(CATALOGUE, [PATTERN])
    assert (item.id, item.title, item.sources) == ("skill:react-hooks", "React Hooks", {"patterns": 0.3})
    assert said(item) == ["React Hooks followed React Fundamentals 5 of 8 times, for 4 people."]


def test_a_pattern_that_says_little_is_no_reason() -> None:
    """Below a lift of 1.5 the item is still named, but nothing is said of the pattern."""
    evidence = PATTERN["evidence"] | {"lift": 1.4}
    (item,) = from_patterns(CATALOGUE, [PATTERN | {"evidence": evidence}])
    assert (item.sources, said(item)) == ({"patterns": 0.3}, [])


def test_a_pattern_after_anything_is_popularity() -> None:
    """The empty antecedent makes a popular thing and no pattern."""
    evidence = PATTERN["evidence"] | {"antecedent": []}
    (item,) = from_patterns(CATALOGUE, [PATTERN | {"evidence": evidence}])
    assert item.sources == {"popular": 0.3}
    assert said(item) == ["4 people took this up."]


def test_what_people_alike_turned_to_says_what_it_goes_with() -> None:
    """A thing without a title is called after its skill."""
    found = {
        "type": "exercise",
        "id": "react-hooks/2",
        "skill": "react-hooks",
        "score": 0.4,
        "evidence": {"ids": ["skill:react-fundamentals"], "contributions": []},
    }
    (item,) = from_collaborative(CATALOGUE, [found])
    assert (item.id, item.title) == ("exercise:react-hooks/2", "An exercise of React Hooks")
    assert said(item) == ["This often goes with React Fundamentals, which you turned to."]


def test_things_are_named_in_words() -> None:
    """Skills by title, their parts by kind, strangers by id."""
    assert named(CATALOGUE, "skill:react-hooks") == "React Hooks"
    assert named(CATALOGUE, "course:course/react-hooks") == "a course of React Hooks"
    assert named(CATALOGUE, "course:security-101") == "security-101"


def test_mastery_is_added_where_it_is_known() -> None:
    """Items of a skill that was observed say how far the person is; others stay as they are."""
    items = [
        Item(id="prompt:a", type="prompt", title="A", skill="react-hooks"),
        Item(id="prompt:b", type="prompt", title="B", skill="css-layout"),
        Item(id="prompt:c", type="prompt", title="C"),
    ]
    found = with_mastery(items, CATALOGUE, {"react-hooks": Mastery(0.42, 12)})
    assert [len(item.evidence) for item in found] == [1, 0, 0]
    assert said(found[0]) == ["Your mastery of React Hooks is low: 0.42 from 12 observations."]
