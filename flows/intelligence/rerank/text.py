"""Text from outside, made fit to stand in one line of a prompt.

Titles come from vendors and users. A raw prompt has no escaping: a server reads a special token
in it as the real one. So everything that could be structure is taken out, always leaving a space
behind, and what is left of a text can never join to a new token.
"""

import re
import unicodedata

LONGEST = 2_000  #: Characters of a text that are looked at.
TOKEN = 4  #: Letters of ASCII that are about one token; any other character is taken for one.

CONTROL_TOKEN = re.compile(r"<\|[^<>|]*\|>")
#: Special tokens in angle brackets: Qwen3's own, the fields of its reranker, and those of other models.
TAG = re.compile(
    r"</?\s*(think|thinking|tool_call|tool_response|tools|instruct|query|document"
    r"|start_of_turn|end_of_turn|bos|eos|pad|unk|s)\s*/?>",
    re.IGNORECASE,
)
SEPARATORS = re.compile(r"[|\s]+")  #: A bar parts the fields of a line, so no text may hold one.


def clean(text: str) -> str:
    """One line without control tokens, think tags, control characters and bidi overrides.

    Compatible forms are made plain first (NFKC): some models have special tokens in full-width
    brackets. Format characters go before tokens are looked for, since one of no width could part
    a token in two.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    visible = "".join(_visible(character) for character in plain)
    return SEPARATORS.sub(" ", TAG.sub(" ", CONTROL_TOKEN.sub(" ", visible))).strip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return " " if category[0] == "C" or category in ("Zl", "Zp") else character


def cut(text: str, tokens: int) -> str:
    """The beginning of a text, about that many tokens at most, and no part of a word where it can be.

    Only a first word that is too long itself is cut within.
    """
    left = tokens * TOKEN
    for place, character in enumerate(text):
        left -= 1 if character.isascii() else TOKEN
        if left < 0:
            whole = text[: place + 1].rpartition(" ")[0]
            return (whole or text[:place]).rstrip()
    return text


def line(text: str, tokens: int) -> str:
    """A text made clean and cut."""
    return cut(clean(text), tokens)
