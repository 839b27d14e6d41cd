"""The frontier: what is worth working on now."""

from datetime import UTC, datetime

from flows.catalogue.model import Catalogue, Goal, Skill
from flows.intelligence.blend.frontier import Aim, aims_of, frontier_items, goal_worth
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import Features, ItemFate, Practice
from flows.intelligence.profile.likely_goals import LikelyGoal
from flows.signals.events import Kind

DAY = datetime(2025, 3, 1, tzinfo=UTC)
PROMPTS = ("First task.", "Second task.", "Third task.")


def skill(id_: str, *needs: str, level: str | None = None) -> Skill:
    return Skill(
        id=id_, title=id_.title(), area="a", level=level, hours=2, prerequisites=needs, prompts=PROMPTS
    )


SKILLS = [skill("html"), skill("css", "html"), skill("js", "html"), skill("react", "css", "js")]
CATALOGUE = Catalogue(
    name="c",
    revision="1",
    skills={one.id: one for one in SKILLS},
    goals={"front": Goal(id="front", title="Frontend", skills={"react": 1.0, "css": 0.5})},
)
FRONT = CATALOGUE.goals["front"]
KNOWS_HTML = {"html": Mastery(0.9, 10)}


def ids(features: Features, *aims: Aim, skills: int = 9) -> list[str]:
    return [item.id for item in frontier_items(CATALOGUE, features, aims, skills=skills)]


def test_a_stated_goal_is_the_only_aim() -> None:
    """Whoever names a goal is after that, whatever practice says; a skill is a goal too."""
    features = Features(likely_goals=(LikelyGoal("front", 0.5, ("css", "react")),))
    assert aims_of(CATALOGUE, "js", features) == [Aim(CATALOGUE.goal("js"), 1.0)]
    assert aims_of(CATALOGUE, None, features) == [Aim(FRONT, 0.5)]
    assert aims_of(CATALOGUE, None, Features()) == []


def test_a_skill_is_worth_the_best_target_it_leads_to() -> None:
    """Worth is inherited by prerequisites, and weighed by how sure the aim is."""
    assert goal_worth(CATALOGUE, [Aim(FRONT, 0.5)]) == {"html": 0.5, "css": 0.5, "js": 0.5, "react": 0.5}
    assert goal_worth(CATALOGUE, [Aim(CATALOGUE.goal("css"), 1.0)]) == {"html": 1.0, "css": 1.0}


def test_only_what_is_within_reach_is_named() -> None:
    """Of what the goal needs, the skills whose prerequisites are known; two open prompts for each."""
    assert ids(Features(), Aim(FRONT, 1.0)) == ["skill:html", "prompt:html/1", "prompt:html/2"]
    assert ids(Features(mastery=KNOWS_HTML), Aim(FRONT, 1.0)) == [
        "skill:css",
        "prompt:css/1",
        "prompt:css/2",
        "skill:js",
        "prompt:js/1",
        "prompt:js/2",
    ]


def test_what_is_being_worked_on_is_within_reach() -> None:
    """A skill that was practised stays on the frontier without its prerequisites."""
    features = Features(practice={"react": Practice(0, 1, DAY, ())})
    assert "skill:react" in ids(features, Aim(FRONT, 1.0))


def test_prompts_that_were_done_are_not_named_again() -> None:
    """Accepted prompts are done; dismissed ones are left to the ranker."""
    features = Features(
        items={
            "prompt:html/1": ItemFate(Kind.PROMPT_ACCEPTED, DAY),
            "prompt:html/2": ItemFate(Kind.PROMPT_DISMISSED, DAY),
        }
    )
    assert ids(features, Aim(FRONT, 1.0)) == ["skill:html", "prompt:html/2", "prompt:html/3"]


def test_the_most_valuable_skills_come_first_and_the_rest_is_left_out() -> None:
    """Skills go by weight of the best target, then by all that they unlock."""
    assert ids(Features(mastery=KNOWS_HTML), Aim(FRONT, 1.0), skills=1)[0] == "skill:css"


def test_evidence_says_why() -> None:
    """The goal, what the person builds on, and how far they are; the score is the goal's."""
    mastery = KNOWS_HTML | {"css": Mastery(0.4, 3)}
    item = frontier_items(CATALOGUE, Features(mastery=mastery), [Aim(FRONT, 0.8)], skills=1)[0]
    assert {piece.id: dict(piece.facts) for piece in item.evidence} == {
        "goal:front": {"title": "Css", "goal": "Frontend", "weight": 0.5},
        "mastery:css": {"title": "Css", "level": 0.4, "observations": 3},
        "prerequisite:html": {"title": "Html", "unlocks": "Css", "level": 0.9, "observations": 10},
    }
    assert (item.sources, item.minutes, item.skill) == ({"goal": 0.8}, 120, "css")
