"""Which error is this: patterns and BM25F over the knowledge base together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.catalogue.error_patterns import ErrorPattern
from flows.intelligence.errors.knowledge import Found, Knowledge
from flows.intelligence.errors.language import PROGRAMMING, detect_languages
from flows.intelligence.errors.python_syntax import said_about
from flows.intelligence.errors.text import bounded, normalise, without_places, words

#: What a pattern is worth at least, and with 30 or more fixed characters.
PATTERN_LEAST, PATTERN_MOST, PATTERN_FULL_AT = 0.6, 0.92, 30
CONTEXT_SHARE = 0.5  #: A pattern or word found only in what the person says of their work.
TEXT_SHARE = 0.4  #: What a full match of the words alone is worth.
LANGUAGE_SHARE = 0.15  #: By how much the right language closes the gap to certainty.
OTHER_LANGUAGE = 0.5  #: What is left of a score when the signs speak for another language.
LEAST_SCORE = 0.12
MOST_QUERY_WORDS = 200
FEWEST_WORDS = 2  #: One shared word alone is no sign of an error.


@dataclass(frozen=True, slots=True)
class Parts:
    """Where a score comes from, each 0 to 1; ``language`` is None when no sign speaks for or
    against it.

    ``groups`` are the names that the pattern found, ``evidence`` ids of what the match rests on.
    """

    pattern: float
    text: float
    language: float | None
    groups: Mapping[str, str]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of the knowledge base, how well it fits (0 to 1), and why."""

    entry: ErrorPattern
    score: float
    parts: Parts

    @property
    def prompts(self) -> tuple[str, ...]:
        """What fixes it, with the names of this message filled in."""
        return self.entry.filled_prompts(self.parts.groups)


def classify(message: str, context: str, knowledge: Knowledge, limit: int) -> Sequence[Match]:
    """The entries that fit a message and what the person says around it, best first, at most ``limit``.

    Either may be empty. Of long texts the head and the tail are read. Patterns and words come
    together as independent signs (noisy or); those found in the context only count half. An
    old "invalid syntax" beside Python code is read as what today's parser says about that code.
    """
    said = said_about(bounded(f"{message}\n{context}")) if "syntax" in message.lower() else []
    told, around = normalise("\n".join([message, *said])), normalise(context)
    patterns = _pattern_scores(knowledge, told, around)
    texts = _text_scores(knowledge, told, around)
    languages = detect_languages(f"{told}\n{around}")
    matches = [
        _match(entry, patterns.get(place), texts.get(place, 0.0), languages)
        for place, entry in enumerate(knowledge.entries)
        if place in patterns or place in texts
    ]
    fitting = [match for match in matches if match.score >= LEAST_SCORE]
    return sorted(fitting, key=lambda match: (-match.score, match.entry.id))[:limit]


def _pattern_scores(knowledge: Knowledge, told: str, around: str) -> dict[int, tuple[float, Found]]:
    scores = {place: (CONTEXT_SHARE * _worth(one), one) for place, one in knowledge.matches(around).items()}
    return scores | {place: (_worth(one), one) for place, one in knowledge.matches(told).items()}


def _worth(found: Found) -> float:
    share = min(found.fixed, PATTERN_FULL_AT) / PATTERN_FULL_AT
    return PATTERN_LEAST + (PATTERN_MOST - PATTERN_LEAST) * share


def _text_scores(knowledge: Knowledge, told: str, around: str) -> dict[int, float]:
    """By place, how much of the rarity of the words is found, 0 to 1, where two of them are found."""
    query = dict.fromkeys(_first(words(without_places(around))), CONTEXT_SHARE)
    query |= dict.fromkeys(_first(words(without_places(told))), 1.0)
    whole = sum(knowledge.index.rarity(word) * weight for word, weight in query.items())
    found = knowledge.index.coverage(query)
    scores = knowledge.index.scores(query).items()
    return {place: min(1.0, score / whole) for place, score in scores if found[place] >= FEWEST_WORDS}


def _first(terms: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(terms))[:MOST_QUERY_WORDS]


def _match(
    entry: ErrorPattern, pattern: tuple[float, Found] | None, text: float, languages: frozenset[str]
) -> Match:
    worth, found = pattern if pattern else (0.0, Found("", 0, {}))
    score = 1 - (1 - worth) * (1 - TEXT_SHARE * text)
    language = _language_fit(entry.language, languages)
    if language == 1.0 and worth:
        score = 1 - (1 - score) * (1 - LANGUAGE_SHARE)
    elif language == 0.0:
        score *= OTHER_LANGUAGE
    parts = Parts(round(worth, 4), round(text, 4), language, found.groups, (f"error:{entry.id}",))
    return Match(entry, round(score, 4), parts)


def _language_fit(language: str, signs: frozenset[str]) -> float | None:
    """1 for a sign of this language, 0 for signs of other programming languages only.

    Tools such as Docker are used beside any language, so they speak against none.
    """
    if language in signs:
        return 1.0
    return 0.0 if language in PROGRAMMING and signs & PROGRAMMING else None
