"""The catalogue that a first user sees, and how it is read from its folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.catalogue.built_in import built_in_catalogue, read_folder
from flows.catalogue.model import LEVELS
from flows.errors import CatalogueError

REPOSITORY = Path(__file__).parents[4]

ASKED_FOR = {
    *("frontend", "backend", "fullstack", "mobile", "devops", "data-engineering", "machine-learning"),
    *("security", "testing", "architecture"),
}
LANGUAGES = {"javascript", "typescript", "python", "java", "kotlin", "go", "rust", "csharp"}
CURLY_QUOTES = set("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u00b4")

SKILL = '[[skills]]\nid = "{0}"\ntitle = "T"\nhours = 1\nprompts = ["Do it."]\nprerequisites = [{1}]\n'


def folder(tmp_path: Path, goals: str = "", **areas: str) -> Path:
    """A catalogue folder with these areas."""
    (tmp_path / "skills").mkdir()
    (tmp_path / "goals.toml").write_text(goals, "utf-8")
    for area, text in areas.items():
        (tmp_path / "skills" / f"{area}.toml").write_text(text, "utf-8")
    return tmp_path


def test_there_is_enough_to_learn() -> None:
    """The catalogue has at least 150 skills and 12 goals."""
    catalogue = built_in_catalogue()
    assert catalogue.name == "built-in"
    assert len(catalogue.skills) >= 150
    assert len(catalogue.goals) >= 12


def test_the_goals_that_were_asked_for_are_there() -> None:
    """Every role of the issue is a goal, and so are the languages that have skills."""
    assert built_in_catalogue().goals.keys() >= ASKED_FOR | LANGUAGES


def test_every_skill_is_complete() -> None:
    """Every skill has hours, a level, a summary, resources, and two or more prompts, all different."""
    lacking = [
        skill.id
        for skill in built_in_catalogue().skills.values()
        if not (skill.hours > 0 and skill.level in LEVELS and skill.summary.strip() and skill.resources)
        or len(set(skill.prompts)) < max(2, len(skill.prompts))
    ]
    assert lacking == []


def test_prompts_are_tasks_and_not_slogans() -> None:
    """A prompt has 60 to 220 characters on one line, with plain quotes, and is used once."""
    prompts = [
        (skill.id, prompt) for skill in built_in_catalogue().skills.values() for prompt in skill.prompts
    ]
    odd = [
        (skill_id, prompt)
        for skill_id, prompt in prompts
        if not 60 <= len(prompt) <= 220 or CURLY_QUOTES & set(prompt) or prompt != " ".join(prompt.split())
    ]
    assert odd == []
    assert len({prompt for _, prompt in prompts}) == len(prompts)


def test_no_prerequisite_is_above_its_skill() -> None:
    """Nobody has to learn something of a higher level first."""
    skills = built_in_catalogue().skills
    rank = {None: -1, "foundation": 0, "junior": 1, "mid": 2, "senior": 3}
    above = [
        (skill.id, needed)
        for skill in skills.values()
        for needed in skill.prerequisites
        if rank[skills[needed].level] > rank[skill.level]
    ]
    assert above == []


def test_no_prerequisite_is_named_twice() -> None:
    """A skill names each prerequisite once."""
    skills = built_in_catalogue().skills.values()
    assert [s.id for s in skills if len(set(s.prerequisites)) != len(s.prerequisites)] == []


def test_titles_are_unique() -> None:
    """No two skills have the same title, nor have two goals, whatever the case."""
    catalogue = built_in_catalogue()
    for titles in (
        [skill.title.lower() for skill in catalogue.skills.values()],
        [goal.title.lower() for goal in catalogue.goals.values()],
        [title.lower() for title in catalogue.areas.values()],
    ):
        assert sorted(set(titles)) == sorted(titles)


def test_goals_are_worth_having() -> None:
    """A goal has a summary, several targets, and at least one that matters most."""
    for goal in built_in_catalogue().goals.values():
        assert goal.summary, goal.id
        assert len(goal.skills) >= 5, goal.id
        assert max(goal.skills.values()) == 1.0, goal.id


def test_every_area_has_a_title_and_skills() -> None:
    """Areas are exactly those that skills belong to."""
    catalogue = built_in_catalogue()
    assert {skill.area for skill in catalogue.skills.values()} == catalogue.areas.keys()


def test_it_is_read_once() -> None:
    """All callers of a process share one catalogue."""
    assert built_in_catalogue() is built_in_catalogue()


def test_every_process_sees_the_same_revision() -> None:
    """Two processes that read the same files agree on the revision, whatever their hash seed."""
    command = "from flows.catalogue.built_in import built_in_catalogue as b; print(b().revision)"
    found = subprocess.run(
        [sys.executable, "-c", command],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert found.stdout.strip() == built_in_catalogue().revision


def test_a_folder_is_read_in_alphabetical_order(tmp_path: Path) -> None:
    """One file per area, then the goals; the order of the files on the disk does not matter."""
    goals = '[[goals]]\nid = "g"\ntitle = "G"\nskills = {one = 1.0}\n'
    files = {"web": SKILL.format("two", '"one"'), "data": SKILL.format("one", "")}
    catalogue = read_folder(folder(tmp_path, goals, **files))
    assert list(catalogue.skills) == ["one", "two"]
    assert list(catalogue.goals) == ["g"]


def test_a_broken_file_is_refused_by_name(tmp_path: Path) -> None:
    """A file that is no TOML is named, with the place of the fault."""
    with pytest.raises(CatalogueError, match=r"^web\.toml: .* \(at line 2, column 1\)$") as caught:
        read_folder(folder(tmp_path, web="skills = [\n= 1"))
    assert caught.value.source == "web.toml"


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    """A file that is not UTF-8 is named too."""
    where = folder(tmp_path)
    (where / "skills" / "web.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(CatalogueError, match=r"^web\.toml: 'utf-8' codec"):
        read_folder(where)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    """A folder without goals.toml says so."""
    where = folder(tmp_path, web=SKILL.format("one", ""))
    (where / "goals.toml").unlink()
    with pytest.raises(CatalogueError, match=r"^goals\.toml: .*No such file"):
        read_folder(where)


def test_a_wrong_skill_is_refused_with_its_file(tmp_path: Path) -> None:
    """What is wrong with the content names the file and the id."""
    with pytest.raises(CatalogueError) as caught:
        read_folder(folder(tmp_path, web=SKILL.format("one", '"two"')))
    assert (caught.value.source, caught.value.item) == ("web.toml", "one")
