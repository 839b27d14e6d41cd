"""A table that can be stored: the same counts, and nothing of one person."""

from flows.intelligence.patterns.event_log import EventLog
from flows.intelligence.patterns.mining import MiningLimits, mine_organisation
from flows.intelligence.patterns.model import PatternKind, Scope
from tests.pattern_events import skills


def test_only_the_ids_of_events_go() -> None:
    """Every counter keeps its counts and times; the table that it was made from stays as it is."""
    log = EventLog()
    for name in ("ann", "bob", "cid"):
        for event in skills(name, "abc"):
            log.add(event)
    table = mine_organisation([log.steps("acme", p) for p in log.people("acme")], MiningLimits())
    bare = table.without_evidence()
    assert bare.scope is Scope.ORGANISATION
    assert len(bare) == len(table) > 0
    before, after = (list(t.patterns(PatternKind.SKILL_SEQUENCE)) for t in (table, bare))
    assert all(pattern.evidence for pattern in before)
    assert {pattern.evidence for pattern in after} == {()}
    assert [(p.consequent, p.support, p.opportunities, p.people, p.last_seen, p.lift) for p in after] == [
        (p.consequent, p.support, p.opportunities, p.people, p.last_seen, p.lift) for p in before
    ]
