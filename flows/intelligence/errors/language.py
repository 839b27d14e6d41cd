"""Which language or tool reports an error, told by the shape of its output and by names."""

import re
from collections.abc import Mapping

PROGRAMMING = frozenset({"python", "javascript", "typescript", "java", "go"})

#: Shapes that only one language's or tool's output has, and names in what a person says.
_SIGNS: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(
        r"Traceback \(most recent|File \"[^\"\n]{1,200}\", line \d|\.py\b"
        r"|\b(?:python|django|flask|pandas|pytest|pip)\b",
        re.IGNORECASE,
    ),
    "typescript": re.compile(r"\bTS\d{4}\b|\.tsx?\b|\btypescript\b", re.IGNORECASE),
    "javascript": re.compile(
        r"\bat [^\n(]{0,120}\(?[^\n()]{1,160}:\d+:\d+\)?$|\.(?:[cm]?js|jsx)\b|\bUncaught\b|npm ERR"
        r"|\b(?:javascript|react|node(?:\.?js)?|npm|useEffect|useState|vue|next\.?js|express|jsx|webpack|vite)\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "java": re.compile(
        r"\(\w{1,60}\.java:\d+\)|\bjava\.(?:lang|util|io)\.|\.java\b|\b(?:java|spring|maven|gradle|hibernate)\b",
        re.IGNORECASE,
    ),
    "go": re.compile(
        r"\bgoroutine \d+ \[|^panic: |\.go:\d+|\bgolang\b|\bgo (?:run|build|test|mod)\b", re.MULTILINE
    ),
    "sql": re.compile(
        r"\bSQLSTATE\b|\bORA-\d{5}\b|\b(?:sql|postgres(?:ql)?|mysql|sqlite|mariadb)\b", re.IGNORECASE
    ),
    "git": re.compile(r"^(?:fatal|hint): |\bgit\b", re.IGNORECASE | re.MULTILINE),
    "docker": re.compile(r"\b(?:docker|dockerfile|compose\.ya?ml)\b", re.IGNORECASE),
    "kubernetes": re.compile(r"\b(?:kubernetes|kubectl|k8s|helm|pods?|kubelet)\b", re.IGNORECASE),
    "http": re.compile(r"\bHTTP/\d|\b(?:cors|status code|rest api|endpoint)\b", re.IGNORECASE),
}
#: TypeScript is JavaScript when it runs, so signs of either speak for both.
_ALSO: Mapping[str, str] = {"typescript": "javascript", "javascript": "typescript"}


def detect_languages(text: str) -> frozenset[str]:
    """The languages and tools that a normalised text has signs of; empty when it has none."""
    found = {language for language, sign in _SIGNS.items() if sign.search(text)}
    return frozenset(found | {_ALSO[language] for language in found if language in _ALSO})
