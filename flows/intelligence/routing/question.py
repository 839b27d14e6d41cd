"""What can be seen of a question itself: its words, and a few traits of its form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, log1p, log2

MOST_CHARACTERS = 4_000  #: What comes later in a question says little more about it.
TOKEN = re.compile(r"[a-z]+|\d+|[^\sa-z\d]")
NUMBER = "#"  #: Stands for every number: which one it is says nothing about a model.
FIRST_WORDS = ("what", "who", "when", "where", "which", "why", "how", "is", "a", "the", "in", "if")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, looked at once: its ``task`` (a name, may be empty), ``terms`` and ``traits``."""

    task: str
    terms: tuple[str, ...]
    traits: tuple[float, ...]


def look_at(text: str, task: str = "") -> Question:
    """Terms are words, pairs of words and coarse sizes, each once, also within the task."""
    shown = text[:MOST_CHARACTERS]
    tokens = TOKEN.findall(shown.lower())
    words = [NUMBER if token.isdigit() else token for token in tokens]
    return Question(task, _terms(shown, words, task), _traits(shown, tokens))


def _terms(text: str, tokens: Sequence[str], task: str) -> tuple[str, ...]:
    digits = sum(character.isdigit() for character in text)
    signs = sum(not (character.isalnum() or character.isspace()) for character in text)
    length, much = f"length {_size(len(text))}", f"digits {_size(digits)}"
    first, two = " ".join(tokens[:1]), " ".join(tokens[:2])
    return tuple(
        dict.fromkeys(  # In order: sums of floats come out equal in every process.
            [
                *tokens,
                *(f"{a} {b}" for a, b in pairwise(tokens)),
                length,
                much,
                f"lines {min(text.count(chr(10)), 10)}",
                f"signs {_size(signs)}",
                f"first: {first}",
                *(f"{task}| {term}" for term in (length, much, first, two)),
            ]
        )
    )


def _size(number: int) -> int:
    """Two steps for each doubling."""
    return int(2 * log2(number + 1))


def _traits(text: str, tokens: Sequence[str]) -> tuple[float, ...]:
    """Numbers of about one size that tell proofs, code, lists and plain questions apart."""
    length, many = len(text) + 1, max(len(tokens), 1)
    numbers = [token for token in tokens if token.isdigit()]
    words = [token for token in tokens if token.isalpha()]
    signs = sum(not (character.isalnum() or character.isspace()) for character in text)
    first = words[0] if words else ""
    return (
        log(length),
        len(numbers) / many,
        log1p(len(numbers)),
        log1p(text.count("\n")),
        sum(map(len, words)) / max(len(words), 1),
        sum(character.isupper() for character in text) / length,
        signs / length,
        float("\\" in text or "$" in text),
        log1p(sum(len(number) >= 4 for number in numbers)),
        len(set(tokens)) / many,
        float("?" in text),
        float("def " in text or "()" in text),
        float("not" in words or "except" in words),
        log1p(text.count(".")),
        *(float(first == word) for word in FIRST_WORDS),
    )
