"""Never an unlicensed, expired or seatless course, at any clock, in any zone, in any order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.catalogue.built_in import built_in_catalogue
from flows.deadline import Deadline
from flows.intelligence.entitlements.as_json import snapshot_from_json, snapshot_to_json
from flows.intelligence.entitlements.model import (
    Confirmation,
    Contract,
    EntitlementSnapshot,
    Licences,
    Training,
)
from flows.intelligence.entitlements.policy import entitled
from flows.intelligence.mastery import Mastery
from flows.loader import BUILT_IN_FILE, load_flows
from flows.model import Flow
from flows.registry import STAGES
from flows.requests.contract_aware import contract_aware
from flows.run import run_flow
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_entitlements import InMemoryEntitlements
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_teams import InMemoryTeams
from tests.ports import make_ports

FLOWS = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
FLOW = FLOWS["contract_aware"]
VALID_FOR_S = next(s.params["validForS"] for s in FLOW.steps if s.stage.type == "filter.entitlements")

START = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)  #: Clocks change that night in half of Europe.
COURSES = ("React", "Kubernetes", "SQL")
SKILLS = {"React": "react-hooks", "Kubernetes": "kubernetes-basics", "SQL": None}

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
#: Most moments are near each other, some are years away, and many are equal.
seconds = st.one_of(
    st.sampled_from([0, 1, -1, VALID_FOR_S, VALID_FOR_S + 1, 86_400, -86_400]),
    st.integers(-100_000, 100_000),
    st.integers(-(10**9), 10**9),
)
moments = st.builds(lambda s, zone: (START + timedelta(seconds=s)).astimezone(zone), seconds, zones)
spellings = st.sampled_from([str, str.upper, lambda course: f"  {course} "])


@st.composite
def contract_lists(draw: st.DrawFn) -> list[Contract]:
    """Up to eight contracts of three courses, in any order, some sold out, some oversold."""
    return [
        Contract(
            id=f"c{number}",
            course=draw(spellings)(course := draw(st.sampled_from(COURSES))),
            skill=SKILLS[course],
            seats=draw(st.integers(0, 3)),
            seats_used=draw(st.integers(0, 4)),
            expires_at=draw(moments),
        )
        for number in draw(st.permutations(range(draw(st.integers(0, 8)))))
    ]


held = st.sets(st.sampled_from([f"c{number}" for number in range(10)]))


def may_take(course: str, contracts: list[Contract], seats: set[str], moment: datetime) -> bool:
    """The rule, spelt out: some contract of the course is not over and has or holds a seat."""
    return any(
        c.course.strip().casefold() == course.strip().casefold()
        and c.expires_at.timestamp() > moment.timestamp()
        and (c.id in seats or c.seats - c.seats_used > 0)
        for c in contracts
    )


def snapshot_of(contracts: list[Contract], seats: set[str]) -> EntitlementSnapshot:
    licences = Licences(contracts=tuple(contracts), trainings=(), as_of=START)
    return EntitlementSnapshot(licences=licences, seats_held=frozenset(seats))


@given(contract_lists(), held, moments, st.lists(st.sampled_from([*COURSES, "Juggling"]), max_size=6))
def test_the_filter_keeps_exactly_what_may_be_taken(
    contracts: list[Contract], seats: set[str], moment: datetime, courses: list[str]
) -> None:
    """What is kept may be taken under the contract it names; what may be taken is kept, in order."""
    candidates = [{"id": f"x{i}", "course": course} for i, course in enumerate(courses)]
    kept, removed = entitled(candidates, snapshot_of(contracts, seats), moment)
    assert [c["id"] for c in kept] == [
        c["id"] for c in candidates if may_take(c["course"], contracts, seats, moment)
    ]
    assert {c["id"] for c in kept} | {r.id for r in removed} == {c["id"] for c in candidates}
    assert len(kept) + len(removed) == len(candidates)
    by_id = {c.id: c for c in contracts}
    for candidate in kept:
        assert may_take(candidate["course"], [by_id[candidate["contract"]]], seats, moment)


@given(contract_lists(), held, moments, st.randoms(use_true_random=False))
def test_the_order_of_contracts_does_not_matter(
    contracts: list[Contract], seats: set[str], moment: datetime, random: object
) -> None:
    """The same contracts in another order, or through JSON, give the same decision."""
    candidates = [{"id": course, "course": course} for course in COURSES]
    shuffled = sorted(contracts, key=lambda _: random.random())  # type: ignore[attr-defined]
    given_way = entitled(candidates, snapshot_of(contracts, seats), moment)
    assert entitled(candidates, snapshot_of(shuffled, seats), moment) == given_way
    through_json = snapshot_from_json(snapshot_to_json(snapshot_of(contracts, seats)))
    assert entitled(candidates, through_json, moment) == given_way


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(contract_lists(), held, moments, st.floats(0, 1), st.booleans())
def test_the_flow_never_shows_what_may_not_be_taken(
    contracts: list[Contract], seats: set[str], now: datetime, level: float, overdue: bool
) -> None:
    """Every course in an answer may be taken now, and for as long as the answer can be cached."""
    entitlements, learners = InMemoryEntitlements(), InMemoryLearners()
    due = date(2020, 1, 1) if overdue else date(2099, 1, 1)
    training = Training(id="t", course="Safety", skill=None, due_on=due)
    entitlements.put("acme", contracts, [training])
    for contract_id in seats:
        entitlements.assign("acme", contract_id, "ann")
    learners.record("acme", "ann", {"react-hooks": Mastery(level, 9)})
    ports = make_ports(
        catalogues=InMemoryCatalogues(built_in_catalogue),
        learners=learners,
        entitlements=entitlements,
        teams=InMemoryTeams(learners),
    )
    request = contract_aware("acme", {"orgId": "acme", "userId": "ann"}, ports.catalogues)
    run = run_flow(FLOW, request, ports, Deadline.after(1e9, now_s=now.timestamp))
    assert [stage.reason for stage in run.runs] == [""] * 6
    assert run.result is not None
    recommended = run.result["recommendations"]
    shown = [*recommended, *run.result["alreadyMastered"]]
    later = now + timedelta(seconds=FLOW.cache_ttl_s + FLOW.budget_ms / 1000)
    by_id = {c.id: c for c in contracts}
    for item in shown:
        assert may_take(item["course"], contracts, seats, now)
        assert may_take(item["course"], contracts, seats, later)
    named = [by_id[item["contractInfo"]["contractId"]] for item in recommended]
    for item, contract in zip(recommended, named, strict=True):
        assert may_take(item["course"], [contract], seats, later)
    good = {
        c.course.strip().casefold()
        for c in contracts
        if may_take(c.course, [c], seats, now + timedelta(seconds=VALID_FOR_S))
    }
    assert sorted(item["course"].strip().casefold() for item in shown) == sorted(good)
    ends = [contract.expires_at for contract in named]
    assert all(one <= other for one, other in pairwise(ends))
    assert all(item["contractInfo"]["daysLeft"] >= 0 for item in recommended)
    assert run.result["compliance"]["items"][0]["overdue"] is (now.astimezone(UTC).date() > due)


confirmations = st.builds(
    Confirmation,
    at=st.none() | moments,
    stale_after_s=st.sampled_from([0, 900]),
    void_after_s=st.sampled_from([900, 86_400]),
)


@given(contract_lists(), held, moments, confirmations, st.sampled_from(["contract_aware", "recommendations"]))
def test_nothing_is_shown_on_the_word_of_a_source_that_is_too_old(
    contracts: list[Contract], seats: set[str], now: datetime, confirmation: Confirmation, name: str
) -> None:
    """Whatever its age: beyond the last bound no course, up to it only what may be taken, old ones marked.

    The bound holds for as long as the answer can be cached, and a source that never spoke shows nothing.
    """
    entitlements, learners = InMemoryEntitlements(), InMemoryLearners()
    entitlements.put("acme", contracts, [], confirmation=confirmation)
    for contract_id in seats:
        entitlements.assign("acme", contract_id, "ann")
    ports = make_ports(learners=learners, entitlements=entitlements, teams=InMemoryTeams(learners))
    request = {"organisation": "acme", "userId": "ann", "catalogue": "built-in", "limit": 20}
    flow = replace_timeouts(FLOWS[name])
    run = run_flow(flow, request, ports, Deadline.after(1e9, now_s=now.timestamp))
    assert run.result is not None
    shown = courses_in(run.result)
    moment = now + timedelta(seconds=VALID_FOR_S)
    age = None if confirmation.at is None else abs((moment - confirmation.at).total_seconds())
    if age is None or age > confirmation.void_after_s:
        assert shown == []
    for course in shown:
        assert may_take(course, contracts, seats, now)
        assert may_take(course, contracts, seats, moment)
    age_now = None if confirmation.at is None else abs((now - confirmation.at).total_seconds())
    stale = age_now is None or age_now > confirmation.stale_after_s
    reason = "entitlements:unknown" if confirmation.at is None else "entitlements:stale"
    assert [said for said in run.reasons if said.startswith("entitlements:")] == [reason] * stale
    through_json = snapshot_from_json(snapshot_to_json(entitlements.of("acme", "ann")))
    assert through_json == entitlements.of("acme", "ann")


def replace_timeouts(flow: Flow) -> Flow:
    """The flow on a machine that is never too slow."""
    return replace(flow, steps=tuple(replace(step, timeout_ms=10**9) for step in flow.steps))


def courses_in(result: dict[str, Any]) -> list[str]:
    """Every course in an answer of either flow."""
    if "alreadyMastered" in result:
        return [item["course"] for item in [*result["recommendations"], *result["alreadyMastered"]]]
    return [item["title"] for item in result["recommendations"] if item["type"] == "course"]


def test_no_answer_outlives_its_contracts() -> None:
    """The filter looks further ahead than the flow's answer can be waited for and cached."""
    assert FLOW.cache_ttl_s + 30 < VALID_FOR_S  # A client may wait 30 seconds for an answer.
