"""The log of decisions and their outcomes: on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from flows.decisions.model import Candidate, Drop, ShownItem
from flows.errors import InvalidInput, PortUnavailable
from flows.signals.feedback import Verdict
from tasks.store.database import open_database
from tasks.store.decisions import StoredDecisions
from tasks.store.erasure import erase_user
from tasks.store.outcomes import OutcomePair, StoredOutcomes
from tasks.store.pseudonyms import pseudonym
from tasks.store.tables import decisions, organisations, outcomes, users
from tests.decisions import NOON, a_decision, a_feedback, judge

HOUR = timedelta(hours=1)


def rows(engine: Engine, table: Any) -> list[Any]:
    """All rows of a table, by id."""
    with engine.connect() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def pairs(
    engine: Engine, flow: str = "plain", limit: int = 10, organisation: str = "acme"
) -> list[OutcomePair]:
    """What a fit of the flow's confidence would learn from."""
    found = StoredOutcomes(engine).outcome_pairs(organisation, flow, NOON - HOUR, limit)
    return list(found)


def test_a_decision_in_full(engine: Engine) -> None:
    """Every part has its column, and the person is there by pseudonym only."""
    full = a_decision(
        variant="b",
        features={"mastery:loops": [0.25, 3]},
        candidates=(Candidate("prompt:1", "memory", 0.5), Candidate("prompt:2")),
        dropped=(Drop("course:1", "entitlements", "no seat"),),
        shown=(ShownItem("prompt:1", 0.5, 0.75, 0.25, ("loops",)), ShownItem("week-1")),
        llm_outcome="ok",
        latency_ms={"explain": 2.0},
        degraded=("explain:stage_timeout",),
    )
    assert StoredDecisions(engine).write([full]) == 1
    (row,) = rows(engine, decisions)
    with engine.connect() as connection:
        key = connection.execute(select(organisations.c.pseudonym_key)).scalar_one()
    assert row._asdict() == {
        "organisation_id": "acme",
        "id": "d-1",
        "at": datetime(2026, 3, 10, 12, tzinfo=UTC),
        "user_pseudonym": pseudonym(key, "ann"),
        "flow": "plain",
        "flow_version": "1",
        "variant": "b",
        "features": {"mastery:loops": [0.25, 3]},
        "candidates": [
            {"id": "prompt:1", "source": "memory", "score": 0.5},
            {"id": "prompt:2", "source": "", "score": None},
        ],
        "filters": [{"id": "course:1", "filter": "entitlements", "reason": "no seat"}],
        "final_order": ["prompt:1", "week-1"],
        "propensities": [0.25, None],
        "llm_outcome": "ok",
        "latency_ms": {"explain": 2.0},
        "degraded": ["explain:stage_timeout"],
        "shown": [
            {"id": "prompt:1", "score": 0.5, "confidence": 0.75, "skills": ["loops"]},
            {"id": "week-1", "score": None, "confidence": None, "skills": []},
        ],
        "skills": ["loops"],
        "total_ms": 10.0,
    }


def test_a_decision_is_stored_once(engine: Engine) -> None:
    """A batch that is written again, or twice in one, changes nothing; what is new is stored."""
    log = StoredDecisions(engine)
    assert log.write([a_decision(), a_decision()]) == 1
    assert log.write([a_decision(flow="other"), a_decision("d-2")]) == 1
    assert [(row.id, row.flow) for row in rows(engine, decisions)] == [("d-1", "plain"), ("d-2", "plain")]


def test_the_same_id_in_two_organisations(engine: Engine) -> None:
    """They are two decisions, and neither organisation finds the other's."""
    log = StoredDecisions(engine)
    assert log.write([a_decision(), a_decision(organisation="rival", flow="other")]) == 2
    assert log.find("acme", ["d-1"])["d-1"].flow == "plain"
    assert log.find("rival", ["d-1"])["d-1"].flow == "other"
    assert log.find("nobody", ["d-1"]) == {}


def test_a_decision_is_found_with_its_person(engine: Engine) -> None:
    """The person is found again, though the log has a pseudonym, also one who was never seen before."""
    StoredDecisions(engine).write([a_decision(), a_decision("d-2", user_id=None, shown=())])
    found = StoredDecisions(engine).find("acme", ["d-1", "d-2", "d-3"])
    assert sorted(found) == ["d-1", "d-2"]
    assert (found["d-1"].user_id, found["d-2"].user_id) == ("ann", None)
    item = ShownItem("prompt:1", score=0.5, confidence=0.75, skills=("loops",))
    assert found["d-1"].shown == {"prompt:1": item}
    assert found["d-2"].shown == {}


def test_a_person_keeps_their_name(engine: Engine) -> None:
    """Being in the log changes nothing else about a person."""
    log = StoredDecisions(engine)
    log.write([a_decision()])
    with engine.begin() as connection:
        connection.execute(update(users).values(name="Ann", level="junior", pseudonym=None))
    log.write([a_decision("d-2")])
    (row,) = rows(engine, users)
    assert (row.name, row.level, len(row.pseudonym)) == ("Ann", "junior", 32)


def test_erasure_takes_decisions_and_outcomes(engine: Engine) -> None:
    """Who leaves takes along what was decided for them and what they said, and nobody else's."""
    StoredDecisions(engine).write([a_decision(), a_decision("d-2", user_id="bob")])
    judge(engine, a_feedback(), a_feedback("d-2"))
    erased = erase_user(engine, "acme", "ann")
    assert (erased["decisions"], erased["outcomes"], erased["users"]) == (1, 1, 1)
    assert [row.id for row in rows(engine, decisions)] == ["d-2"]
    assert [row.decision_id for row in rows(engine, outcomes)] == ["d-2"]


def test_what_the_database_refuses(engine: Engine) -> None:
    """A decision that cannot be stored is told apart from a database that is away."""
    with pytest.raises(InvalidInput):
        StoredDecisions(engine).write([a_decision(), a_decision("d-2", total_ms=float("nan"), flow=None)])
    assert rows(engine, decisions) == []


def test_an_outcome_in_full(engine: Engine) -> None:
    """It has what was said, and what the decision had said about the item."""
    StoredDecisions(engine).write([a_decision()])
    said = a_feedback(verdict=Verdict.COMPLETED, rating=4, comment="good\x00", event_id="e-1")
    assert judge(engine, said) == 1
    (row,) = rows(engine, outcomes)
    (decision,) = rows(engine, decisions)
    assert row._asdict() == {
        "organisation_id": "acme",
        "id": "e-1",
        "decision_id": "d-1",
        "item_id": "prompt:1",
        "user_pseudonym": decision.user_pseudonym,
        "outcome": "completed",
        "rating": 4,
        "comment": "good\ufffd",
        "at": NOON,
        "flow": "plain",
        "score": 0.5,
        "confidence": 0.75,
    }


def test_an_outcome_is_stored_once(engine: Engine) -> None:
    """The first of several with one id counts, in one batch and in two."""
    StoredDecisions(engine).write([a_decision()])
    assert judge(engine, a_feedback(rating=4), a_feedback(rating=1)) == 1
    assert judge(engine, a_feedback(rating=2), a_feedback(verdict=Verdict.COMPLETED)) == 1
    assert sorted((row.outcome, row.rating) for row in rows(engine, outcomes)) == [
        ("accepted", 4),
        ("completed", None),
    ]


def test_pairs_to_learn_from(engine: Engine) -> None:
    """One per item: accepted when any feedback says accepted or completed."""
    shown = tuple(ShownItem(f"prompt:{n}", score=n / 10, confidence=n / 100) for n in range(1, 5))
    StoredDecisions(engine).write([a_decision(shown=shown)])
    verdicts = {1: Verdict.ACCEPTED, 2: Verdict.DISMISSED, 3: Verdict.COMPLETED, 4: Verdict.DISMISSED}
    said = [a_feedback(item_id=f"prompt:{n}", verdict=v, at=NOON + n * HOUR) for n, v in verdicts.items()]
    judge(engine, *said, a_feedback(item_id="prompt:4", at=NOON + 5 * HOUR))
    assert pairs(engine) == [
        OutcomePair(0.1, 0.01, True),
        OutcomePair(0.2, 0.02, False),
        OutcomePair(0.3, 0.03, True),
        OutcomePair(0.4, 0.04, True),
    ]


def test_pairs_are_bounded(engine: Engine) -> None:
    """The newest that there is room for, of the flow, the organisation and the time asked for."""
    log = StoredDecisions(engine)
    log.write([a_decision(f"d-{n}", shown=(ShownItem("prompt:1", score=n),)) for n in range(4)])
    log.write([a_decision("d-4", flow="other"), a_decision("d-5", shown=(ShownItem("prompt:1"),))])
    log.write([a_decision("d-1", organisation="rival")])
    judge(engine, *(a_feedback(f"d-{n}", at=NOON + n * HOUR) for n in range(1, 6)))
    judge(engine, a_feedback("d-0", at=NOON - 2 * HOUR))
    judge(engine, a_feedback("d-1", organisation="rival"))
    assert pairs(engine) == [OutcomePair(n, None, True) for n in (1.0, 2.0, 3.0)]
    assert pairs(engine, limit=2) == [OutcomePair(n, None, True) for n in (2.0, 3.0)]
    assert pairs(engine, flow="other") == [OutcomePair(0.5, 0.75, True)]
    assert pairs(engine, organisation="rival") == [OutcomePair(0.5, 0.75, True)]


def test_feedback_before_its_organisation_is_known(engine: Engine) -> None:
    """Storing nothing is fine, for an organisation that nobody has seen."""
    assert StoredOutcomes(engine).append("new", []) == 0
    assert pairs(engine, organisation="new") == []
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(outcomes)).scalar_one() == 0


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, so that asking again is worth it."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    engine = open_database(f"sqlite:///{folder}")
    with pytest.raises(PortUnavailable):
        StoredDecisions(engine).write([a_decision()])
    with pytest.raises(PortUnavailable):
        StoredDecisions(engine).find("acme", ["d-1"])
    with pytest.raises(PortUnavailable):
        StoredOutcomes(engine).append("acme", [])
    with pytest.raises(PortUnavailable):
        pairs(engine)
