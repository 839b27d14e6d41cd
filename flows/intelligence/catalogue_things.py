"""What a catalogue says about typed things: skills, and what belongs to a skill by its id.

Items are called after their skill: ``react-hooks/2`` is its second prompt or exercise,
``course/react-hooks`` its course.
"""

from collections.abc import Mapping

from flows.catalogue.model import Catalogue


def skill_of(catalogue: Catalogue, thing: str) -> str | None:
    """The skill that a typed thing is, or belongs to by its id; None when the catalogue has none."""
    parts = thing.partition(":")[2].split("/")
    return next((part for part in parts if part in catalogue.skills), None)


def title_of(catalogue: Catalogue, thing: str) -> str | None:
    """A skill's title, or the text of a prompt or exercise; None where the catalogue knows neither."""
    thing_type, _, name = thing.partition(":")
    skill_id, _, number = name.partition("/")
    skill = catalogue.skills.get(skill_id)
    if skill is None:
        return None
    if thing_type == "skill":
        return skill.title if not number else None
    place = int(number) if number.isdecimal() else 0
    is_task = thing_type in ("prompt", "exercise")
    return skill.prompts[place - 1] if is_task and 0 < place <= len(skill.prompts) else None


def described(catalogue: Catalogue, thing: str) -> Mapping[str, str]:
    """Type and id of a typed thing, with title and skill where the catalogue has them. Plain JSON."""
    thing_type, _, name = thing.partition(":")
    known = {"title": title_of(catalogue, thing), "skill": skill_of(catalogue, thing)}
    return {"type": thing_type, "id": name} | {key: value for key, value in known.items() if value}
