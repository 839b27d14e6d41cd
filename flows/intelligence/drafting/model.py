"""What a draft is."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flows.catalogue.question_bank import Question

MARK = "draft-"  #: How the ids of what a model wrote begin, so that it can be told everywhere.
ID_BYTES = 8
WORD = re.compile(r"\w+")


class Kind(StrEnum):
    """What may be drafted."""

    PROMPT = "prompt"  #: A task to practise a skill.
    QUESTION = "question"  #: A multiple-choice question with its answer.


class State(StrEnum):
    """What became of a draft; only an accepted one is shown to anybody."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that passed every check. ``content`` is ``{text}`` of a prompt; of a question it is
    ``{stem, answer, distractors, explanation, difficulty}``.
    """

    id: str
    kind: Kind
    skill: str
    content: Mapping[str, Any]

    @property
    def headline(self) -> str:
        """What tells it apart from others of its kind."""
        return headline(self.kind, self.content)


def headline(kind: Kind, content: Mapping[str, Any]) -> str:
    """The text of a prompt, the stem of a question."""
    said: str = content["text" if kind is Kind.PROMPT else "stem"]
    return said


def draft_of(kind: Kind, skill: str, content: Mapping[str, Any]) -> Draft:
    """A draft; its id follows from kind, skill and words, whatever their case and signs."""
    words = " ".join(words_of(headline(kind, content)))
    digest = hashlib.blake2b(f"{kind}\n{skill}\n{words}".encode(), digest_size=ID_BYTES).hexdigest()
    return Draft(id=MARK + digest, kind=kind, skill=skill, content=content)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return WORD.findall(text.casefold())


def is_generated(item_id: str) -> bool:
    """True for the id of what a model wrote, on its own or after those of its skill."""
    return item_id.rpartition("/")[2].rpartition(":")[2].startswith(MARK)


def question_of(draft: Draft) -> Question:
    """A drafted question as one of the bank."""
    content = draft.content
    return Question(
        id=draft.id,
        skill=draft.skill,
        difficulty=content["difficulty"],
        stem=content["stem"],
        answer=content["answer"],
        distractors=tuple(content["distractors"]),
        explanation=content["explanation"],
        tags=("generated",),
    )
