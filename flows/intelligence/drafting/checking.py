"""Whether what a model wrote may be kept. Whatever is odd about it is a reason to leave it out.

A text is checked for shape, length, what it must not hold, language, and likeness to what is there.
That it is true is for a person to see: only what somebody accepted is shown.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flows.catalogue.question_bank import DISTRACTORS, EASIEST, HARDEST
from flows.errors import InvalidInput
from flows.intelligence.drafting.model import Draft, Kind, draft_of, words_of
from flows.intelligence.rerank.text import clean

LENGTHS = {"text": (40, 400), "stem": (20, 400), "explanation": (20, 500), "option": (1, 160)}
ALIKE = 0.75  #: Share of words in common from which on two texts are the same one.
LEAST_WORDS = 5  #: Of a sentence; its language is told from no fewer.
LETTERS = 0.9  #: Share of letters that are of ASCII, in English about software.
MOST_OF_ONE = 0.34  #: Share that the most frequent word has at most: a model that is stuck repeats itself.

LINK = re.compile(r"https?:|www\.|\w\.(com|org|net|io)\b|\]\(", re.IGNORECASE)
MARKUP = re.compile(r"<[!/a-z]|```|&[a-z]+;|\{\{|<\||\|>", re.IGNORECASE)
ORDER = re.compile(r"ignore (all|any|the|previous)|as an ai|language model|system prompt", re.IGNORECASE)
OF_OTHERS = re.compile(r"\b(all|none|both|any) of (the )?(above|these|them)\b", re.IGNORECASE)
#: Words without which hardly any English sentence does.
COMMON_WORDS = """
a an and are as at be by can do does for from has have how in is it its of on or so that
the then this to use using what when which why will with you your
"""
COMMON = frozenset(COMMON_WORDS.split())


def draft_from(kind: Kind, skill: str, said: Mapping[str, Any], known: Iterable[str]) -> Draft:
    """A draft of what a model said; raises InvalidInput with the reason, such as ``duplicate``.

    ``known`` are the texts of the kind that the skill has already.
    """
    content = _prompt(said) if kind is Kind.PROMPT else _question(said)
    draft = draft_of(kind, skill, content)
    _check_language(draft.headline)
    if any(alike(draft.headline, text) for text in known):
        raise InvalidInput("duplicate")
    return draft


def alike(one: str, other: str) -> bool:
    """True when two texts say the same in nearly the same words."""
    words, others = set(words_of(one)), set(words_of(other))
    return len(words & others) >= ALIKE * len(words | others)


def _prompt(said: Mapping[str, Any]) -> dict[str, Any]:
    _check_fields(said, {"text"})
    return {"text": _text(said["text"], "text")}


def _question(said: Mapping[str, Any]) -> dict[str, Any]:
    _check_fields(said, {"stem", "options", "answer", "explanation", "difficulty"})
    options, answer = _options(said["options"]), said["answer"]
    if not isinstance(answer, str) or options.count(answer.strip()) != 1:
        raise InvalidInput("answer_not_among_options")
    difficulty = said["difficulty"]
    if (
        isinstance(difficulty, bool)
        or not isinstance(difficulty, int)
        or not EASIEST <= difficulty <= HARDEST
    ):
        raise InvalidInput("shape")
    explanation = _text(said["explanation"], "explanation")
    _check_language(explanation)
    return {
        "stem": _text(said["stem"], "stem"),
        "answer": answer.strip(),
        "distractors": [option for option in options if option != answer.strip()],
        "explanation": explanation,
        "difficulty": difficulty,
    }


def _options(said: object) -> Sequence[str]:
    """Four different options, each of which stands for itself in whatever order they come."""
    if not isinstance(said, list) or len(said) != DISTRACTORS + 1:
        raise InvalidInput("shape")
    options = [_text(option, "option") for option in said]
    if len({" ".join(option.casefold().split()).rstrip(".") for option in options}) < len(options):
        raise InvalidInput("options_alike")
    if any(OF_OTHERS.search(option) for option in options):
        raise InvalidInput("options_refer_to_others")
    return options


def _check_fields(said: Mapping[str, Any], fields: set[str]) -> None:
    if said.keys() != fields:
        raise InvalidInput("shape")


def _text(said: object, name: str) -> str:
    if not isinstance(said, str):
        raise InvalidInput("shape")
    text, (least, most) = said.strip(), LENGTHS[name]
    if not least <= len(text) <= most:
        raise InvalidInput("length")
    if clean(text) != text or MARKUP.search(text):
        raise InvalidInput("markup")
    if LINK.search(text):
        raise InvalidInput("link")
    if ORDER.search(text):
        raise InvalidInput("instruction")
    return text


def _check_language(text: str) -> None:
    """English sentences, and no letters of other scripts or one word again and again."""
    words, letters = words_of(text), [character for character in text if character.isalpha()]
    plain = sum(letter.isascii() for letter in letters)
    if len(words) < LEAST_WORDS or plain < LETTERS * len(letters) or not COMMON & set(words):
        raise InvalidInput("language")
    if max(Counter(words).values()) > max(2.0, MOST_OF_ONE * len(words)):
        raise InvalidInput("language")
