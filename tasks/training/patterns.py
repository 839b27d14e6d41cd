"""Patterns of an organisation from its events, and those that organisations have in common.

What is stored is the table alone: counts that at least three people stand behind, without ids of
events. The log that the miner holds while it mines would be a second home of everybody's events,
which erasure had to reach; a person's own patterns are mined when they are asked for instead
(tasks/serving/patterns.py).
"""

from collections.abc import Iterable
from datetime import timedelta

from flows.intelligence.patterns.event_log import Retention
from flows.intelligence.patterns.miner import Miner
from flows.intelligence.patterns.mining import MiningLimits, mine_overall
from flows.intelligence.patterns.model import Scope
from flows.intelligence.patterns.table import PatternTable
from tasks.store.trained_models import PATTERNS
from tasks.training.model import Document, Pages, Trained, Training

#: About 500 bytes for each step: at most 90 MB, twice the events being held before they are cut.
RETENTION = Retention(events_per_person=300, people_per_organisation=300)


def train_patterns(pages: Pages) -> Trained:
    """The table of one organisation."""
    miner, events = Miner(RETENTION), 0
    for page in pages:
        events += len(page)
        miner.add(page)
    mined = [miner.of_organisation(name).without_evidence() for name in miner.organisations()]
    return _trained(mined[0] if mined else PatternTable(Scope.ORGANISATION, {}), {"read": events})


def share_patterns(documents: Iterable[Document]) -> Trained:
    """The table of what enough of the organisations have."""
    tables = [PatternTable.from_json(document) for document in documents]
    return _trained(mine_overall(tables, MiningLimits()), {"organisations": len(tables)})


def _trained(table: PatternTable, counts: dict[str, int]) -> Trained:
    return Trained(table.to_json(), counts | {"counters": len(table)})


PATTERNS_TRAINING = Training(PATTERNS, timedelta(minutes=15), train_patterns, share_patterns)
