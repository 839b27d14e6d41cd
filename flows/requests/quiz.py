"""From what a client sent to what ``quiz_generation`` works on: names resolved, defaults filled in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flows.catalogue.model import BUILT_IN, Catalogue
from flows.catalogue.nearest import nearest
from flows.catalogue.question_bank import QuestionBank
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.ports import CatalogueLibrary

DEFAULT_LENGTH = 5


def quiz(
    organisation: str,
    sent: Mapping[str, Any],
    catalogues: CatalogueLibrary,
    bank: QuestionBank,
    today: date,
) -> dict[str, Any]:
    """The request of the ``quiz_generation`` flow; raises InvalidRequest and UnknownName.

    ``today`` is part of it: a quiz changes from day to day and not within one.
    """
    catalogue = catalogues.get(organisation, sent.get("catalogue", BUILT_IN))
    return {
        "organisation": organisation,
        "userId": sent["userId"],
        "goal": _subject(catalogue, sent, bank),
        "length": sent.get("length", DEFAULT_LENGTH),
        "includeAnswers": sent.get("includeAnswers", False),
        "catalogue": catalogue.name,
        "catalogueRevision": catalogue.revision,
        "day": today.isoformat(),
    }


def _subject(catalogue: Catalogue, sent: Mapping[str, Any], bank: QuestionBank) -> str:
    """The id of the skill or goal that is asked about."""
    given = [name for name in ("skill", "goal") if name in sent]
    if len(given) != 1:
        raise InvalidRequest([InvalidInput("name a skill or a goal, one of the two", field="skill")])
    field, subject = given[0], str(sent[given[0]])
    if field == "skill" and subject not in catalogue.skills:
        raise UnknownName("skill", subject, nearest(subject, catalogue.skills), field="skill")
    if not any(bank.of(skill_id) for skill_id in catalogue.closure(catalogue.goal(subject).skills)):
        raise InvalidInput(f"there are no questions on {subject!r} or on what it needs", field=field)
    return subject
