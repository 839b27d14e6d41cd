"""By way of a service the answers are those of the engine itself, to the last bit."""

from random import Random

import pytest

from flows.intelligence.patterns.in_process import InProcessPatterns
from flows.intelligence.patterns.miner import Miner
from flows.memory.model import MemoryKind, Visibility
from flows.signals.events import Event
from tasks.store.in_memory_memories import InMemoryMemories
from tests.fakes.service import memory_bank_over_http, patterns_over_http
from tests.memories import NOW, remembered
from tests.pattern_events import fix, hit, skills

PEOPLE = ("ann", "bob", "cid", "dan", "eve")
WORDS = ("deadlock", "transaction", "useEffect", "cleanup", "docker", "cache", "größe", "☃", "index", "query")
MESSAGE = "TypeError: cannot read properties of undefined"


@pytest.mark.parametrize("query", ["", "deadlock in a transaction", "useEffect ☃", "Größe des index"])
def test_memories(query: str) -> None:
    """Memories, scores, parts, scopes and words are equal for everybody."""
    random = Random(7)
    bank = InMemoryMemories({"acme": [frozenset({"ann", "bob"})]})
    bank.add(
        "acme",
        [
            remembered(
                str(number),
                " ".join(random.choices(WORDS, k=6)),
                random.random() * 400,
                user_id=random.choice(PEOPLE),
                visibility=random.choice(list(Visibility)),
                success=random.choice([None, True, False]),
                kind=random.choice(list(MemoryKind)),
                tags=tuple(random.sample(WORDS, 2)),
            )
            for number in range(80)
        ],
    )
    with memory_bank_over_http(bank) as over_http:
        for person in ("ann", "eve", ""):
            asked = bank.recall("acme", person, query, 20, now=NOW)
            assert asked
            assert over_http.recall("acme", person, query, 20, now=NOW) == asked


def history_of(person: str, random: Random) -> list[Event]:
    """Somebody's work, with an error and a fix, which is Ann's own if she is it."""
    work = skills(person, random.choices("abcdef", k=12))
    mended = "Guard it" if person == "ann" else "Use optional chaining"
    return [*work, hit(20, MESSAGE, user_id=person), fix(21, mended, user_id=person)]


def test_patterns() -> None:
    """Candidates, resolutions and their patterns are equal, also for who has no history."""
    random = Random(7)
    histories = {person: history_of(person, random) for person in PEOPLE}
    miner = Miner()
    for happened in histories.values():
        miner.add(happened)
    source = InProcessPatterns.of(miner)
    with patterns_over_http(source) as over_http:
        for person in ("ann", "eve", "nobody"):
            history = histories.get(person, [])
            candidates = source.candidates_for("acme", person, history, 20)
            assert candidates
            assert over_http.candidates_for("acme", person, history, 20) == candidates
            for limit in (1, 5):
                resolutions = source.resolutions_for("acme", person, MESSAGE, limit)
                assert len(resolutions) == min(limit, 2 if person == "ann" else 1)
                assert over_http.resolutions_for("acme", person, MESSAGE, limit) == resolutions
