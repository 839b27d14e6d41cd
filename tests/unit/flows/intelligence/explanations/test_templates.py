"""Every sentence there is, word for word, and when it is not said."""

from datetime import date
from typing import Any

import pytest

from flows.intelligence.explanations.explain import FEATURES_OF_KIND, say
from flows.intelligence.explanations.templates import TEMPLATES
from flows.intelligence.ranker.features import FEATURES
from flows.intelligence.ranker.item import Evidence

TITLE = {"title": "React Hooks"}
AFTER = {"after": "React", "then": "Redux"}
MET = {"level": 0.32, "observations": 4}
SENTENCES = [
    ("error", {"cause": "missing keys confuse React."}, "Missing keys confuse React."),
    (
        "error",
        {"title": "infinite loop", "cause": "an effect sets its own dependency"},
        "Infinite loop: an effect sets its own dependency.",
    ),
    ("memory", {"at": "2026-10-03", "solved": True}, "You fixed this on 3 October."),
    (
        "memory",
        {"at": "2026-10-03", "solved": True, "title": "added the array"},
        "You fixed this on 3 October: added the array.",
    ),
    ("memory", {"at": "2024-10-03", "solved": False, "scope": "own"}, "You met this on 3 October 2024."),
    (
        "memory",
        {"at": "2026-10-03", "solved": True, "scope": "team"},
        "Someone in your team fixed this on 3 October.",
    ),
    (
        "memory",
        {"at": "2026-10-03", "solved": False, "scope": "organisation"},
        "A colleague met this on 3 October.",
    ),
    ("pattern", {**AFTER, "people": 7, "of": 9}, "7 of 9 people who did React went on to Redux."),
    (
        "pattern",
        {**AFTER, "people": 3, "support": 5, "opportunities": 8, "scope": "overall"},
        "Redux followed React 5 of 8 times, for 3 people.",
    ),
    (
        "pattern",
        {**AFTER, "people": 1, "support": 1, "opportunities": 1, "scope": "own"},
        "Redux followed React 1 of 1 time in your own work.",
    ),
    ("mastery", TITLE | MET, "Your mastery of React Hooks is low: 0.32 from 4 observations."),
    (
        "mastery",
        TITLE | {"level": 0.5, "observations": 1},
        "Your mastery of React Hooks is 0.50 from 1 observation.",
    ),
    (
        "mastery",
        TITLE | {"level": 0.8, "observations": 41},
        "Your mastery of React Hooks is high: 0.80 from 41 observations.",
    ),
    (
        "prerequisite",
        {"title": "React", "unlocks": "React Hooks", "level": 0.9, "observations": 12},
        "You are ready for React Hooks: you know React, with a mastery of 0.90 from 12 observations.",
    ),
    (
        "prerequisite",
        {"title": "React", "unlocks": "React Hooks", "level": 0.4, "observations": 1},
        "React Hooks builds on React, where your mastery is 0.40 from 1 observation.",
    ),
    (
        "goal",
        TITLE | {"goal": "Fullstack", "weight": 0.8},
        "React Hooks is a core skill of the goal Fullstack.",
    ),
    ("goal", TITLE | {"goal": "Fullstack", "weight": 0.3}, "React Hooks is a skill of the goal Fullstack."),
    ("goal", TITLE | {"leadsTo": "Redux"}, "React Hooks is needed for Redux."),
    ("session", TITLE, "You worked on React Hooks in this session."),
    (
        "contract",
        TITLE | {"days": 14, "expires": "2026-12-07"},
        "Your access to React Hooks ends in 14 days, on 7 December.",
    ),
    ("contract", TITLE | {"days": 1}, "Your access to React Hooks ends in 1 day."),
    ("contract", TITLE | {"days": 0, "expires": "2026-11-23"}, "Your access to React Hooks ends today."),
    ("seats", TITLE | {"seats": 1}, "1 seat is left for React Hooks."),
    ("seats", TITLE | {"seats": 3}, "3 seats are left for React Hooks."),
    (
        "review",
        TITLE | {"practised": "2026-11-01"},
        "You last practised React Hooks on 1 November, and a review is due.",
    ),
    ("history", TITLE, "This often goes with React Hooks, which you turned to."),
    (
        "resolution",
        {"scope": "own", "support": 2, "opportunities": 3},
        "This resolved the same error 2 of 3 times that you tried it.",
    ),
    (
        "resolution",
        {"scope": "overall", "support": 5, "opportunities": 8, "people": 4},
        "This resolved the same error 5 of 8 times, for 4 people.",
    ),
    ("review", TITLE, "A review of React Hooks is due."),
    ("popular", {"people": 12, "days": 30}, "12 people took this up in the last 30 days."),
    ("popular", {"people": 3}, "3 people took this up."),
    ("popular", {"people": 3, "days": 1}, "3 people took this up."),
]


@pytest.mark.parametrize(("kind", "facts", "expected"), SENTENCES)
def test_a_sentence_says_its_facts(kind: str, facts: dict[str, Any], expected: str) -> None:
    """Seen from the 23rd of November 2026."""
    assert say(Evidence(id=f"{kind}:1", kind=kind, facts=facts), date(2026, 11, 23)) == expected


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("error", TITLE),
        ("memory", {"at": "2026-10-03"}),
        ("memory", {"solved": True}),
        ("memory", {"at": "2026-10-03", "solved": True, "scope": "world"}),
        ("pattern", AFTER),
        ("pattern", {**AFTER, "people": 2, "of": 9}),
        ("pattern", {**AFTER, "people": 7, "of": 6}),
        ("pattern", {**AFTER, "people": 2, "support": 5, "opportunities": 8}),
        ("pattern", {**AFTER, "people": 4, "support": 9, "opportunities": 8}),
        ("pattern", {**AFTER, "scope": "own", "support": 0, "opportunities": 8}),
        ("pattern", {"after": "React", "people": 7, "of": 9}),
        ("mastery", TITLE),
        ("mastery", TITLE | {"level": 0.4, "observations": 0}),
        ("mastery", MET),
        ("prerequisite", TITLE | MET),
        ("goal", TITLE),
        ("goal", TITLE | {"goal": "Fullstack"}),
        ("session", {}),
        ("contract", TITLE | {"days": -1, "expires": "2026-11-22"}),
        ("contract", TITLE | {"expires": "2026-12-07"}),
        ("seats", TITLE | {"seats": 0}),
        ("review", {"practised": "2026-11-01"}),
        ("popular", {"people": 2}),
        ("history", {}),
        ("resolution", {"scope": "overall", "support": 5, "opportunities": 8, "people": 2}),
        ("resolution", {"scope": "own", "support": 4, "opportunities": 3}),
        ("popular", {"people": 2, "days": 30}),
        ("gossip", TITLE),
    ],
)
def test_nothing_is_said_without_the_facts(kind: str, facts: dict[str, Any]) -> None:
    """A missing or impossible fact leaves no sentence, and fewer than three people are not spoken of."""
    assert say(Evidence(id=f"{kind}:1", kind=kind, facts=facts)) is None


def test_every_kind_speaks_for_a_feature() -> None:
    """No kind of evidence is without a place, and no feature is misspelt."""
    assert FEATURES_OF_KIND.keys() == TEMPLATES.keys() == {kind for kind, _, _ in SENTENCES}
    assert {name for names in FEATURES_OF_KIND.values() for name in names} <= set(FEATURES)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [("really?", "Really?"), ("stop!", "Stop!"), ("a" * 321, "A" + "a" * 316 + "..."), ("so.", "So.")],
)
def test_a_sentence_ends_once(cause: str, expected: str) -> None:
    """A mark at the end of a text is not followed by a full stop."""
    assert say(Evidence(id="error:1", kind="error", facts={"cause": cause})) == expected


def test_a_fact_is_not_read_as_a_template() -> None:
    """Braces in a title stay what they are."""
    piece = Evidence(id="session:1", kind="session", facts={"title": "{goal}"})
    assert say(piece) == "You worked on {goal} in this session."
