"""An error message as text that can be compared: bounded, normalised, and cut into terms."""

import re
from collections.abc import Iterator

MOST_CHARACTERS = 8_192  #: Of a message; what is longer keeps its head and its tail.
LONGEST_LINE = 600

_ANSI = re.compile(r"\x1b\[[0-9;?]{0,12}[A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00b4": "'"})

#: What differs from run to run and says nothing of the cause.
_WHERE = re.compile(
    r"\b0x[0-9a-fA-F]{1,16}\b|\b[Ll]ine \d{1,9}|:\d{1,9}(?::\d{1,9})?\b"
    r"|(?:[A-Za-z]:\\|(?<![\w.])/)[^\s:'\"()]{1,300}[/\\]"
)
_NEGATION = re.compile(r"\b(can|do|does|is|was|are|has|have|did|could|would|should)n?'t\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]{0,80}|\d{1,9}")
_QUOTED = re.compile(r"`([^`\n]{1,120})`|'([^'\n]{1,120})'|\"([^\"\n]{1,120})\"")
_SYMBOL = re.compile(r"['\"`]([^\w\s'\"`]{1,2})['\"`]")
#: What prose calls the signs that messages quote.
SYMBOL_NAMES = {
    "(": "parenthesis",
    ")": "parenthesis",
    "[": "square bracket",
    "]": "square bracket",
    "{": "curly bracket",
    "}": "curly bracket",
    ":": "colon",
    ";": "semicolon",
    ",": "comma",
    ".": "period dot",
    "=": "equal sign assignment",
    "==": "double equal comparison",
    ":=": "walrus assignment expression",
    "*": "star asterisk",
    "**": "double star",
    "/": "slash",
    "\\": "backslash",
}
_TYPE = re.compile(r"\b(?:[A-Z]\w{0,60}(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Fault))\b")

#: Words that say nothing of an error; "not", "no" and "only" do.
_STOP = re.compile(
    r"(?:a|an|and|as|at|be|been|by|can|do|did|does|for|from|had|has|have|how|i|if|in|into|is|it|its|me|my|"
    r"of|on|or|our|so|than|that|the|their|them|then|there|these|they|this|to|was|we|were|what|when|where|"
    r"which|who|why|will|with|would|you|your|but|s|t|re)"
)
_ENDINGS = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ions",
    "ion",
    "able",
    "ies",
    "ed",
    "es",
    "s",
    "e",
)
_SHORTEST_STEM = 4


def bounded(text: str) -> str:
    """At most 8,192 characters: the first half names the error in most tools, the last in Python."""
    if len(text) <= MOST_CHARACTERS:
        return text
    half = MOST_CHARACTERS // 2
    return text[:half] + "\n" + text[-half + 1 :]


def normalise(text: str) -> str:
    """Bounded, without colours and control characters, plain quotes, single blanks, lines cut at 600."""
    plain = _CONTROL.sub(" ", _ANSI.sub("", bounded(text).replace("\r\n", "\n").replace("\r", "\n")))
    lines = _BLANKS.sub(" ", plain.translate(_QUOTES)).split("\n")
    return "\n".join(line.strip()[:LONGEST_LINE] for line in lines if line.strip())


def without_places(text: str) -> str:
    """The text without addresses, line numbers and the folders of paths; file names stay."""
    return _WHERE.sub(" ", text)


def words(text: str) -> Iterator[str]:
    """Stemmed words in lower case without stop words; camelCase and snake_case are cut into parts.

    Contractions are spelt out, since versions of one tool differ in them: ``can't`` is ``cannot``.
    """
    spelt = _NEGATION.sub(_spell_out, text)
    for match in _WORD.finditer(spelt):
        word = match[0].lower()
        if not _STOP.fullmatch(word):
            yield stem(word)


def _spell_out(match: re.Match[str]) -> str:
    verb = match[1].lower()
    return "cannot" if verb == "can" else f"{verb} not"


def stem(word: str) -> str:
    """The word without its ending, by a short list of English endings; four letters stay at least."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def quoted_names(text: str) -> Iterator[str]:
    """Identifiers and numbers inside quotes or backticks, as they are written."""
    for match in _QUOTED.finditer(text):
        yield from _IDENTIFIER.findall(match[match.lastindex or 0])


def symbol_names(text: str) -> Iterator[str]:
    """What quoted signs are called in prose: ``')'`` is a parenthesis."""
    for match in _SYMBOL.finditer(text):
        yield SYMBOL_NAMES.get(match[1], "")


def error_types(text: str) -> Iterator[str]:
    """Names of exceptions and warnings, such as ``KeyError``."""
    yield from _TYPE.findall(text)


def without_types(text: str) -> str:
    """The text without the names of exceptions, which are terms of their own."""
    return _TYPE.sub(" ", text)
