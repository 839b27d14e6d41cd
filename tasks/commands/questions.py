"""``manage.py questions``: look at the question bank."""

from collections import Counter

import click

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.nearest import nearest
from flows.catalogue.question_bank import Question, built_in_questions
from flows.errors import UnknownName


@click.group()
def questions() -> None:
    """Look at the question bank."""


@questions.command()
def check() -> None:
    """Read every question and count what is there, by area; a wrong one is the error."""
    catalogue, bank = built_in_catalogue(), built_in_questions()
    click.echo(f"{len(bank.questions)} questions on {len(bank.by_skill)} of {len(catalogue.skills)} skills")
    asked = Counter(catalogue.skills[question.skill].area for question in bank.questions.values())
    covered = Counter(catalogue.skills[skill_id].area for skill_id in bank.by_skill)
    skills = Counter(skill.area for skill in catalogue.skills.values())
    for area in sorted(skills):
        click.echo(f"  {area}: {asked[area]} questions on {covered[area]} of {skills[area]} skills")


@questions.command()
@click.argument("skill")
def show(skill: str) -> None:
    """Print the questions of a skill, with their answers."""
    bank = built_in_questions()
    if skill not in bank.by_skill:
        raise UnknownName("skill with questions", skill, nearest(skill, bank.by_skill))
    click.echo("\n\n".join(map(_text, bank.of(skill))))


def _text(question: Question) -> str:
    wrong = (f"  - {text}" for text in question.distractors)
    head = f"{question.id} (difficulty {question.difficulty})"
    return "\n".join([head, question.stem, f"  + {question.answer}", *wrong, f"  {question.explanation}"])
