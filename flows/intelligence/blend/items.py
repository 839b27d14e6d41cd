"""What each source of candidates found, as items that can be ranked together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flows.catalogue.model import Catalogue
from flows.fingerprint import fingerprint
from flows.intelligence.blend.frontier import mastery_evidence
from flows.intelligence.mastery import Mastery
from flows.intelligence.patterns.step import fix_of
from flows.intelligence.ranker.item import Evidence, Item

Found = Iterable[Mapping[str, Any]]

#: From this lift on a pattern is given as a reason: below it, the one says little about the other.
TELLING_LIFT = 1.5
NEXT_PROMPT = 0.95  #: Each further prompt of one error counts so much of the one before it.
SOLUTION = "solution"
RESOLUTION_FACTS = ("scope", "support", "opportunities", "people")


def from_errors(matches: Found) -> list[Item]:
    """A prompt for each way to fix an error; its cause is the evidence."""
    return [
        Item(
            id=f"prompt:error/{match['id']}/{number + 1}",
            type="prompt",
            title=prompt,
            text=match["cause"],
            skill=next(iter(match["skills"]), None),
            sources={"errors": round(match["score"] * NEXT_PROMPT**number, 6)},
            evidence=tuple(
                Evidence(id=piece, kind="error", facts={"title": match["title"], "cause": match["cause"]})
                for piece in match["evidence"]
            ),
        )
        for match in matches
        for number, prompt in enumerate(match["prompts"])
    ]


def from_memories(remembered: Found) -> list[Item]:
    """Solutions and notes from before."""
    return [
        Item(
            id=_solution_id(memory["text"]) if memory["kind"] == SOLUTION else memory["evidence"],
            type=memory["kind"],
            title=memory["title"] or memory["text"],
            text=memory["text"],
            skill=memory["skill"],
            sources={"memory": memory["score"]},
            evidence=(
                Evidence(
                    id=memory["evidence"],
                    kind="memory",
                    facts={
                        "at": memory["at"],
                        "solved": memory["success"] is not False and memory["kind"] == SOLUTION,
                        "title": memory["title"],
                        "scope": memory["scope"],
                    },
                ),
            ),
        )
        for memory in remembered
    ]


def _solution_id(text: str) -> str:
    """The same for the same words, whether a person remembers them or a pattern holds them."""
    return f"{SOLUTION}:{fingerprint({'fix': fix_of(text)})[:16]}"


def from_resolutions(found: Found) -> list[Item]:
    """Fixes that worked before, by the patterns of who tried them."""
    return [
        Item(
            id=_solution_id(one["fix"]),
            type=SOLUTION,
            title=one["fix"],
            text=one["fix"],
            sources={"patterns": one["score"]},
            evidence=(
                Evidence(
                    id=one["evidence"],
                    kind="resolution",
                    facts={key: one[key] for key in RESOLUTION_FACTS if key in one},
                ),
            ),
        )
        for one in found
    ]


def from_patterns(catalogue: Catalogue, patterns: Found) -> list[Item]:
    """What people did next, with the pattern as evidence."""
    return [_with_title(_from_pattern(catalogue, found), catalogue) for found in patterns]


def _from_pattern(catalogue: Catalogue, found: Mapping[str, Any]) -> Item:
    evidence, first = found["evidence"], found["evidence"]["ids"][0]
    telling = not evidence["antecedent"] or evidence.get("lift", 0.0) >= TELLING_LIFT
    facts = {key: value for key, value in evidence.items() if key not in ("ids", "antecedent", "pattern")}
    after = [named(catalogue, thing) for thing in evidence["antecedent"]]
    kind = "pattern" if after else "popular"
    facts["then"] = named(catalogue, f"{found['type']}:{found['id']}")
    if after:
        facts["after"] = " and ".join(after)
    return Item(
        id=f"{found['type']}:{found['id']}",
        type=found["type"],
        title=found.get("title", ""),
        skill=found.get("skill"),
        sources={"patterns" if after else "popular": found["score"]},
        evidence=(Evidence(id=first, kind=kind, facts=facts),) if telling else (),
    )


def from_collaborative(catalogue: Catalogue, found: Found) -> list[Item]:
    """What people with a like history turned to."""
    return [
        _with_title(
            Item(
                id=f"{one['type']}:{one['id']}",
                type=one["type"],
                title=one.get("title", ""),
                skill=one.get("skill"),
                sources={"collaborative": one["score"]},
                evidence=tuple(
                    Evidence(id=f"history:{name}", kind="history", facts={"title": named(catalogue, name)})
                    for name in one["evidence"]["ids"]
                ),
            ),
            catalogue,
        )
        for one in found
    ]


def with_mastery(items: Iterable[Item], catalogue: Catalogue, mastery: Mapping[str, Mastery]) -> list[Item]:
    """The items, each with how far the person is with its skill where that is known."""
    return [_with_mastery(item, catalogue, mastery) for item in items]


def _with_mastery(item: Item, catalogue: Catalogue, mastery: Mapping[str, Mastery]) -> Item:
    if item.skill is None or item.skill not in catalogue.skills or item.skill not in mastery:
        return item
    known = mastery_evidence(catalogue.skills[item.skill], mastery[item.skill])
    return replace(item, evidence=(*item.evidence, known))


def named(catalogue: Catalogue, thing: str) -> str:
    """A typed thing in words: a skill by its title, a part of a skill as ``a prompt of React Hooks``."""
    kind, _, name = thing.partition(":")
    skill = next((catalogue.skills[part] for part in name.split("/") if part in catalogue.skills), None)
    if kind == "skill" or skill is None:
        return skill.title if skill else name
    article = "an" if kind[:1] in "aeiou" else "a"
    return f"{article} {kind} of {skill.title}"


def _with_title(item: Item, catalogue: Catalogue) -> Item:
    return item if item.title else replace(item, title=_title(named(catalogue, item.id)))


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]
