"""All patterns of one scope, counted, and how to ask for them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flows.errors import InvalidInput
from flows.intelligence.patterns.model import Key, Pattern, PatternKind, Scope, Tally
from flows.intelligence.patterns.observations import ANY

VERSION = 1


class After(NamedTuple):
    """How often an antecedent was seen, and its consequents, most frequent first."""

    opportunities: int
    consequents: list[tuple[str, Tally]]


NOTHING = After(0, [])


class PatternTable:
    """The patterns of one scope; not changed once it is made."""

    def __init__(self, scope: Scope, tallies: Mapping[PatternKind, Mapping[Key, Tally]]) -> None:
        """``tallies`` by kind and key, as ``observations`` describes keys."""
        self.scope = scope
        self.tallies = {kind: _whole(tallies.get(kind, {})) for kind in PatternKind}
        self._rules = {kind: _rules(counted) for kind, counted in self.tallies.items()}
        self._fixes: dict[str, list[str]] = {}
        for key, (_, outcomes) in self._rules[PatternKind.ERROR_RESOLUTION].items():
            if key and outcomes:
                self._fixes.setdefault(key[0], []).append(key[1])

    def __len__(self) -> int:
        """Number of counters."""
        return sum(len(counted) for counted in self.tallies.values())

    def after(self, kind: PatternKind, antecedent: Key) -> After:
        """What came after an antecedent; ``NOTHING`` when it was seen too rarely to be counted."""
        return self._rules[kind].get(antecedent, NOTHING)

    def fixes(self, error: str) -> list[str]:
        """What resolved an error (``error:<fingerprint>``) before."""
        return self._fixes.get(error, [])

    def pattern(self, kind: PatternKind, antecedent: Key, consequent: str) -> Pattern:
        """One pattern that ``after`` names."""
        counted = self.tallies[kind]
        found = counted[(*antecedent, consequent)]
        return Pattern(
            kind=kind,
            scope=self.scope,
            antecedent=antecedent,
            consequent=consequent,
            support=found.times,
            opportunities=self._rules[kind][antecedent].opportunities,
            expected=counted[(consequent,)].times / counted[(ANY,)].times,
            people=found.people,
            first_seen=datetime.fromtimestamp(found.first / 1000, UTC),
            last_seen=datetime.fromtimestamp(found.last / 1000, UTC),
            evidence=found.evidence,
        )

    def patterns(self, kind: PatternKind) -> Iterator[Pattern]:
        """All patterns of a kind, by antecedent, most frequent first."""
        for antecedent in sorted(self._rules[kind]):
            for consequent, _ in self._rules[kind][antecedent].consequents:
                yield self.pattern(kind, antecedent, consequent)

    def without_evidence(self) -> "PatternTable":
        """The same counts without the ids of events: nothing in them is about one person any more."""
        bare = {
            kind: {key: seen._replace(evidence=()) for key, seen in counted.items()}
            for kind, counted in self.tallies.items()
        }
        return PatternTable(self.scope, bare)

    def to_json(self) -> dict[str, Any]:
        """The table as plain JSON; equal tables give equal documents."""
        return {
            "version": VERSION,
            "scope": self.scope.value,
            "tallies": {
                kind.value: [[list(key), *counted[key]] for key in sorted(counted)]
                for kind, counted in self.tallies.items()
            },
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "PatternTable":
        """Read a table back; raises InvalidInput."""
        if document.get("version") != VERSION:
            raise InvalidInput(f"a pattern table of version {document.get('version')!r} cannot be read")
        try:
            tallies = {
                PatternKind(kind): {
                    tuple(key): Tally(times, people, first, last, tuple(evidence))
                    for key, times, people, first, last, evidence in counted
                }
                for kind, counted in document["tallies"].items()
            }
            return cls(Scope(document["scope"]), tallies)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"is not a pattern table ({error!r})") from None


def _whole(counted: Mapping[Key, Tally]) -> dict[Key, Tally]:
    """The counters less those whose divisors are missing, which a bound on counters may have taken."""
    return {key: seen for key, seen in counted.items() if _has_divisors(counted, key)}


def _has_divisors(counted: Mapping[Key, Tally], key: Key) -> bool:
    antecedent, consequent = key[:-1], key[-1]
    if consequent == ANY:
        return True
    if (consequent,) not in counted or (ANY,) not in counted:
        return False
    # The opportunities of two in sequence are not counted apart: they are that pattern itself.
    pair = len(antecedent) == 2 and antecedent in counted and _has_divisors(counted, antecedent)
    return pair or (*antecedent, ANY) in counted


def _rules(counted: Mapping[Key, Tally]) -> dict[Key, After]:
    """What came after each antecedent."""
    rules = {key[:-1]: After(seen.times, []) for key, seen in counted.items() if key[-1] == ANY}
    for key in sorted(counted, key=lambda key: (-counted[key].times, key)):
        if key[-1] != ANY:
            if key[:-1] not in rules:
                rules[key[:-1]] = After(counted[key[:-1]].times, [])
            rules[key[:-1]].consequents.append((key[-1], counted[key]))
    return rules
