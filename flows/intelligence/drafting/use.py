"""Accepted drafts beside what the catalogue has."""

from collections.abc import Iterable, Sequence

from flows.catalogue.question_bank import QuestionBank
from flows.intelligence.blend.frontier import MINUTES_PER_PROMPT
from flows.intelligence.drafting.model import Draft, Kind, question_of
from flows.intelligence.ranker.item import Item


def with_drafted_prompts(items: Sequence[Item], drafts: Iterable[Draft]) -> list[Item]:
    """The items, and for each skill among them the drafted prompts, on the same evidence."""
    skills = {item.skill: item for item in items if item.type == "skill"}
    more = [
        Item(
            id=f"prompt:{draft.skill}/{draft.id}",
            type="prompt",
            title=draft.headline,
            skill=draft.skill,
            sources=skills[draft.skill].sources,
            evidence=skills[draft.skill].evidence,
            minutes=MINUTES_PER_PROMPT,
        )
        for draft in drafts
        if draft.kind is Kind.PROMPT and draft.skill in skills
    ]
    return [*items, *more]


def with_drafted_questions(bank: QuestionBank, drafts: Iterable[Draft]) -> QuestionBank:
    """The bank with the drafted questions after its own."""
    drafted = [question_of(draft) for draft in drafts if draft.kind is Kind.QUESTION]
    if not drafted:
        return bank
    by_skill = dict(bank.by_skill)
    for question in drafted:
        by_skill[question.skill] = (*by_skill.get(question.skill, ()), question)
    return QuestionBank({**bank.questions, **{one.id: one for one in drafted}}, by_skill)
