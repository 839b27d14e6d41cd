"""One error, however it is worded: a message without what differs from one time to the next.

Masks what is variable and keeps the constant words, the first step of log template mining (Zhu et
al. 2019, "Tools and Benchmarks for Automated Log Parsing", call it preprocessing by domain
knowledge). Names of exceptions and codes such as ``TS2345`` or ``status code 404`` are what tells
errors apart, so they stay.
"""

import re
from functools import lru_cache

LONGEST_LINE = 500  #: Characters that are looked at; bounds the time of the patterns below, too.
LONGEST_FINGERPRINT = 160

#: Frames and headings around the line that names the error, in Python, JavaScript, Java, Go, Rust.
_NOISE = re.compile(
    r"^(\s+\S|Traceback \(most|During handling|The above exception|at \S|-->|\.\.\. \d+ more|\^)"
)
#: Who says it and where: a runtime's opening words, a compiler's file and line.
_PREFIX = re.compile(
    r"^(?:(?:Uncaught(?: \(in promise\))?|Unhandled \w+:|Exception in thread \"[^\"]*\"|Caused by:|error:"
    r"|[\w./\\-]+\.\w+[:(]\d+(?:[:,]\d+)*\)?:)\s*)+",
    re.IGNORECASE,
)
#: The package in front of a class.
_QUALIFIED = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Z]\w*[a-z]\b)")
_SENTENCE_END = re.compile(r"[.;]\s")

_EXCEPTION = r"\b\w*(?:Error|Exception|Warning|Interrupt|Iteration)\b"
_CODE = r"\b[A-Z]{1,6}-?\d{3,6}\b|\b(?:status|code|errno|HTTP)\b\W{0,3}\d+"
#: What is variable, most specific first. The first group is kept as it is.
_VARIABLE = re.compile(
    rf"(?P<kept>{_EXCEPTION}|{_CODE}|\bNaN\b)"
    r"|(?P<url>\b[a-z][a-z+.-]*://[^\s'\"<>)]+)"
    r"|(?P<quoted>(?<!\w)'(?:[^'\n]|'(?=\w))*'(?!\w)|\"[^\"\n]*\"|`[^`\n]*`|\u2018[^\u2019\n]*\u2019|\u201c[^\u201d\n]*\u201d)"
    r"|(?P<path>(?:\b[A-Za-z]:\\|(?<![\w<])\.{0,2}/)[^\s:,;'\"()]+|\b[\w-]+(?:/[\w.-]+)+)"
    r"|(?P<id>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|\b0x[0-9a-fA-F]+\b"
    r"|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[-+][\d:]+)?)?|\b\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"|(?P<number>(?<![\w.])[-+]?\d[\d_]*(?:[.:,]\d+)*(?:[eE][-+]?\d+)?(?:[nmu]?s|[kKMG]i?[bB]|px)?(?!\w))"
    r"|(?P<name>\b[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+|\b\w*_\w*\b|\b[a-z][a-z0-9]*[A-Z]\w*\b"
    r"|\b\w+(?=\(\))|(?<=Error: )\w+(?= is not\b))"
)


def error_fingerprint(message: str) -> str:
    """The constant part of an error message, in lower case, at most 160 characters.

    Of a traceback the line that names the error counts, and of that the first sentence. Numbers,
    quoted text, paths, addresses, ids and identifiers become ``<number>``, ``<quoted>`` and so on.
    Empty when the message says nothing.
    """
    return _fingerprint(_telling_line(message)[:LONGEST_LINE])


@lru_cache(maxsize=4096)
def _fingerprint(line: str) -> str:
    masked = _VARIABLE.sub(_mask, _QUALIFIED.sub("", _PREFIX.sub("", line)))
    sentence = _SENTENCE_END.split(masked, maxsplit=1)[0]
    return " ".join(sentence.split()).rstrip(" .!:;,").lower()[:LONGEST_FINGERPRINT].rstrip()


def _telling_line(message: str) -> str:
    lines = [line for line in message.splitlines() if line.strip()]
    telling = [line.strip() for line in lines if not _NOISE.match(line)]
    if not telling:
        return lines[0].strip() if lines else ""
    # Python prints the error below its frames, all others above.
    return telling[-1] if any(line.startswith("Traceback (most") for line in lines) else telling[0]


def _mask(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "kept" else f"<{match.lastgroup}>"
