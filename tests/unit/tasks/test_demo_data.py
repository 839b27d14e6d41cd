"""What is in the demo data, with the built-in catalogue: who did what, and whether it hangs together."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.signals.events import Event, Kind
from tasks.store.demo_data import DemoData, demo_data
from tasks.store.demo_errors import ERRORS
from tasks.store.demo_events import workdays

TODAY = date(2025, 8, 18)
MIDNIGHT = datetime(2025, 8, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def data() -> DemoData:
    """The demo data of one day."""
    return demo_data(built_in_catalogue(), TODAY)


def levels(data: DemoData, organisation: str, skill: str) -> list[float]:
    """Everybody's mastery of a skill in an organisation, best first."""
    found = (
        row["level"]
        for row in data.rows["mastery"]
        if (row["organisation_id"], row["skill_id"]) == (organisation, skill)
    )
    return sorted(found, reverse=True)


def of_person(data: DemoData, organisation: str, user_id: str) -> list[Event]:
    """A person's events in order of time."""
    found = (e for e in data.events if (e.organisation, e.user_id) == (organisation, user_id))
    return sorted(found, key=lambda event: event.at)


def sessions(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    """Events by organisation and session, in order of time."""
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        if event.session_id is not None:
            found[event.organisation, event.session_id].append(event)
    return found


def only(rows: Iterable[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    """The rows with these values."""
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_the_same_seed_and_day_give_the_same_rows(data: DemoData) -> None:
    """Made twice it is the same to the last row; another seed makes something else."""
    assert demo_data(built_in_catalogue(), TODAY) == data
    assert demo_data(built_in_catalogue(), TODAY, seed="2").events != data.events


def test_what_is_drawn_never_changes(data: DemoData) -> None:
    """The rows are the same on any machine and in any process."""
    assert {name: len(rows) for name, rows in data.rows.items()} == {
        "organisations": 4,
        "users": 63,
        "teams": 8,
        "team_members": 63,
        "mastery": 1946,
        "contracts": 8,
        "seats": 43,
        "trainings": 3,
        "training_completions": 26,
        "model_observations": 1728,
    }
    assert len(data.events) == 56533
    (known,) = only(data.rows["mastery"], user_id="dev-125", skill_id="react-fundamentals")
    assert (known["level"], known["observations"]) == (0.8571, 12)


def test_another_day_moves_times_only(data: DemoData) -> None:
    """On a Sunday weeks later the same things were done by the same people, later."""
    later = demo_data(built_in_catalogue(), date(2025, 9, 28))
    assert [e.id for e in later.events] == [e.id for e in data.events]
    assert [e.success for e in later.events] == [e.success for e in data.events]
    assert all(new.at > old.at for new, old in zip(later.events, data.events, strict=True))
    seen = [
        [(row["user_id"], row["skill_id"], row["level"], row["observations"]) for row in made.rows["mastery"]]
        for made in (data, later)
    ]
    assert seen[0] == seen[1]


def test_events_are_of_the_last_six_months(data: DemoData) -> None:
    """Everything happened on working days between half a year ago and yesterday."""
    assert min(event.at for event in data.events) >= MIDNIGHT - timedelta(days=184)
    assert max(event.at for event in data.events) < MIDNIGHT
    assert {event.at.weekday() for event in data.events} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2025, 8, 18), date(2025, 8, 15)),
        (date(2025, 8, 19), date(2025, 8, 18)),
        (date(2025, 8, 24), date(2025, 8, 22)),
    ],
)
def test_working_days_end_before_today(today: date, last: date) -> None:
    """The last of 130 working days is the one before today, weekends left out."""
    days = workdays(today)
    assert (len(days), days[-1]) == (130, last)
    assert days == sorted(set(days))


def test_everybody_was_there_for_months(data: DemoData) -> None:
    """All 62 people did something in each of five months or more."""
    months = defaultdict(set)
    for event in data.events:
        months[event.organisation, event.user_id].add(event.at.month)
    people = {(row["organisation_id"], row["id"]) for row in data.rows["users"]}
    assert months.keys() == people
    assert len({user_id for _, user_id in people}) == 62
    assert min(len(seen) for seen in months.values()) >= 5


def test_everything_has_an_id_of_its_own(data: DemoData) -> None:
    """No two rows share a key, and no two events of an organisation an id."""
    ids = Counter((event.organisation, event.id) for event in data.events)
    assert [key for key, count in ids.items() if count > 1] == []
    for name in ("users", "teams", "contracts", "trainings", "model_observations"):
        keys = Counter((row["organisation_id"], row["id"]) for row in data.rows[name])
        assert [key for key, count in keys.items() if count > 1] == []


def test_every_kind_of_event_happens(data: DemoData) -> None:
    """Whoever learns from events finds at least a hundred of each kind."""
    kinds = Counter(event.kind for event in data.events)
    assert kinds.keys() == set(Kind)
    assert min(kinds.values()) >= 100


def test_sessions_are_one_person_s_and_begin_with_their_context(data: DemoData) -> None:
    """A session belongs to one person and one day, and says first what it is about."""
    for events in sessions(data.events).values():
        assert len({(event.user_id, event.at.date()) for event in events}) == 1
        assert events[0].kind is Kind.SESSION_CONTEXT
        assert events[0].text
        assert [event.kind for event in events].count(Kind.SESSION_CONTEXT) == 1


def test_who_resolves_an_error_has_hit_it(data: DemoData) -> None:
    """Every resolved error was hit before in the same session, and comes with a fix and its message."""
    cases = {case.id for case in ERRORS}
    resolved = 0
    for events in sessions(data.events).values():
        hit: Counter[str | None] = Counter()
        for event in events:
            if event.kind is Kind.ERROR_HIT:
                hit[event.item] += 1
            elif event.kind is Kind.ERROR_RESOLVED:
                resolved += 1
                hit[event.item] -= 1
                assert hit[event.item] >= 0
                assert event.item in cases
                assert event.text
                assert event.data["error"]
                assert event.data["minutes"] >= 3
    assert resolved >= 1000


def test_errors_come_back(data: DemoData) -> None:
    """People have errors of their own: most who hit one error hit it again."""
    hits = Counter((e.organisation, e.user_id, e.item) for e in data.events if e.kind is Kind.ERROR_HIT)
    again = sum(count > 1 for count in hits.values())
    assert again / len(hits) > 0.4


def test_no_text_has_a_gap_left(data: DemoData) -> None:
    """Names were put wherever a message or a fix has a place for one."""
    assert [event.text for event in data.events if "{name}" in event.text + str(event.data)] == []


def test_suggestions_suit_who_is_still_learning(data: DemoData) -> None:
    """Who knows a skill dismisses more of its suggestions than who is learning it."""
    level = {(r["organisation_id"], r["user_id"], r["skill_id"]): r["level"] for r in data.rows["mastery"]}
    taken: Counter[tuple[str, Kind]] = Counter()
    for event in data.events:
        if event.kind in (Kind.PROMPT_ACCEPTED, Kind.PROMPT_DISMISSED):
            seen = level[event.organisation, event.user_id, str(event.skill)]
            taken["known" if seen >= 0.9 else "learning" if seen < 0.7 else "between", event.kind] += 1
    share = {}
    for who in ("known", "learning"):
        accepted, dismissed = taken[who, Kind.PROMPT_ACCEPTED], taken[who, Kind.PROMPT_DISMISSED]
        assert accepted + dismissed > 500
        share[who] = accepted / (accepted + dismissed)
    assert share["known"] < 0.6 < 0.7 < share["learning"]


def test_an_accepted_suggestion_is_used_and_then_tried(data: DemoData) -> None:
    """Two minutes after it was accepted a prompt is used, and six minutes later an answer is given."""
    by_id = {(event.organisation, event.id): event for event in data.events}
    accepted = [event for event in data.events if event.kind is Kind.PROMPT_ACCEPTED]
    assert len(accepted) > 3000
    for event in accepted:
        attempt = event.id.removesuffix("-accepted")
        used, tried = by_id[event.organisation, attempt + "-used"], by_id[event.organisation, attempt]
        assert (used.kind, used.item, used.text) == (Kind.PROMPT_USED, event.item, event.text)
        assert (used.at - event.at, tried.at - used.at) == (timedelta(minutes=2), timedelta(minutes=6))
        assert tried.success is not None


def test_courses_are_finished_after_they_were_begun(data: DemoData) -> None:
    """A completed course of a catalogue skill was started before, by the same person."""
    started, completed = {}, {}
    for event in data.events:
        key = (event.organisation, event.user_id, event.id.rpartition("/")[0], event.item)
        if event.kind is Kind.COURSE_STARTED:
            started[key] = event.at
        elif event.kind is Kind.COURSE_COMPLETED and event.session_id is not None:
            completed[key] = event.at
    assert len(completed) >= 50
    assert all(started[key] < at for key, at in completed.items())


def test_dev_123_has_a_strong_foundation(data: DemoData) -> None:
    """JavaScript is above .9 from 30 observations or more, and React is still before them."""
    found = {row["skill_id"]: row for row in only(data.rows["mastery"], user_id="dev-123")}
    assert found["javascript-fundamentals"]["level"] > 0.9
    assert found["javascript-fundamentals"]["observations"] == 41
    for skill in ("react-fundamentals", "react-hooks", "python-basics"):
        assert found[skill]["level"] < 0.6


def test_sess_456_debugs_an_endless_effect(data: DemoData) -> None:
    """The session of the sample request is dev-123's last one; its error is hit twice and not resolved."""
    events = of_person(data, "demo", "dev-123")
    session = [event for event in events if event.session_id == "sess-456"]
    assert session == events[-5:]
    assert session[0].text == "debugging React useEffect infinite loop"
    hits = [event for event in session if event.kind is Kind.ERROR_HIT]
    assert [("Maximum update depth exceeded" in e.text, e.item) for e in hits] == [
        (True, "react-maximum-update-depth"),
        (True, "react-maximum-update-depth"),
    ]
    assert Kind.ERROR_RESOLVED not in {event.kind for event in session}
    assert {event.organisation for event in data.events if event.session_id == "sess-456"} == {"demo"}


def test_somebody_at_demo_knows_the_way_out(data: DemoData) -> None:
    """The error of sess-456 was resolved by at least three colleagues, in words that help."""
    fixes = [
        event
        for event in data.events
        if (event.organisation, event.kind, event.item)
        == ("demo", Kind.ERROR_RESOLVED, "react-maximum-update-depth")
    ]
    assert len({event.user_id for event in fixes}) >= 3
    assert {event.text.partition(";")[0] for event in fixes} == {
        "Add a dependency array to useEffect: useEffect(() => {...}, [dependency])"
    }


def test_the_migrating_team_is_strong_in_react_and_rest(data: DemoData) -> None:
    """Of its ten at least eight have proven React and REST."""
    for skill in ("react-fundamentals", "http-apis", "rest-api-design"):
        assert sum(level >= 0.8 for level in levels(data, "enterprise-789", skill)) >= 8


def test_the_migrating_team_has_two_gaps(data: DemoData) -> None:
    """Seven of ten are weak in Kubernetes, all in event-driven architecture, and all have tried."""
    kubernetes = levels(data, "enterprise-789", "kubernetes-basics")
    assert (len(kubernetes), sum(level < 0.5 for level in kubernetes)) == (10, 7)
    assert kubernetes[0] > 0.8
    events = levels(data, "enterprise-789", "event-driven-architecture")
    assert (len(events), max(events) < 0.5) == (10, True)
    assert levels(data, "enterprise-789", "microservices") == []


def test_the_migrating_team_is_one_team(data: DemoData) -> None:
    """The team of the sample request's project has ten members, everybody in the organisation."""
    members = only(data.rows["team_members"], organisation_id="enterprise-789")
    assert {row["team_id"] for row in members} == {"microservices-migration"}
    assert len(members) == 10


def test_everybody_is_in_one_team(data: DemoData) -> None:
    """Every person is a member of exactly one team of theirs."""
    members = Counter((row["organisation_id"], row["user_id"]) for row in data.rows["team_members"])
    assert members.keys() == {(row["organisation_id"], row["id"]) for row in data.rows["users"]}
    assert set(members.values()) == {1}


def test_the_typescript_contract_runs_out(data: DemoData) -> None:
    """Three seats of Advanced TypeScript are left for 14 days, and enterprise-user-001 has none."""
    (contract,) = only(data.rows["contracts"], course="Advanced TypeScript")
    assert contract["organisation_id"] == "corp-123"
    assert contract["seats"] - contract["seats_used"] == 3
    assert contract["expires_at"] == datetime(2025, 9, 1, 23, 59, 59, tzinfo=UTC)
    assert contract["skill_id"] == "typescript-advanced"
    holders = {row["user_id"] for row in only(data.rows["seats"], contract_id="advanced-typescript")}
    assert "enterprise-user-001" not in holders


def test_contracts_differ(data: DemoData) -> None:
    """One is over, one has no seat left, and others have both time and seats."""
    of_corp = only(data.rows["contracts"], organisation_id="corp-123")
    assert len([row for row in of_corp if row["expires_at"] < MIDNIGHT]) == 1
    assert len([row for row in of_corp if row["seats"] == row["seats_used"]]) == 1
    assert len(of_corp) == 5


def test_used_seats_have_holders(data: DemoData) -> None:
    """Each used seat is held by somebody of the organisation, who began its course that moment."""
    people = {(row["organisation_id"], row["id"]) for row in data.rows["users"]}
    held = Counter((row["organisation_id"], row["contract_id"]) for row in data.rows["seats"])
    for row in data.rows["contracts"]:
        assert held[row["organisation_id"], row["id"]] == row["seats_used"]
    begun = {(e.organisation, e.user_id, e.at) for e in data.events if e.kind is Kind.COURSE_STARTED}
    for row in data.rows["seats"]:
        assert (row["organisation_id"], row["user_id"]) in people
        assert (row["organisation_id"], row["user_id"], row["assigned_at"]) in begun


def test_security_awareness_is_due(data: DemoData) -> None:
    """It is due in 12 days at corp-123, done by some; enterprise-user-001 has done the other one only."""
    (training,) = only(data.rows["trainings"], organisation_id="corp-123", course="Security Awareness")
    assert training["due_on"] == date(2025, 8, 30)
    done = only(data.rows["training_completions"], organisation_id="corp-123")
    by_training = defaultdict(set)
    for row in done:
        by_training[row["training_id"]].add(row["user_id"])
    assert 0 < len(by_training["security"]) < 26
    assert "enterprise-user-001" not in by_training["security"]
    assert "enterprise-user-001" in by_training["privacy"]


def test_completed_trainings_are_events_too(data: DemoData) -> None:
    """Who completed a training has an event that says so, at the same time."""
    ended = {(e.organisation, e.user_id, e.at) for e in data.events if e.kind is Kind.COURSE_COMPLETED}
    for row in data.rows["training_completions"]:
        assert (row["organisation_id"], row["user_id"], row["completed_at"]) in ended


def test_a_model_for_reviews_of_python_stands_out(data: DemoData) -> None:
    """Within 200 ms qwen2.5-coder:7b reviews Python best; codellama:13b takes longer than that."""
    reviews = only(
        data.rows["model_observations"], organisation_id="demo", task="code review", language="Python"
    )
    by_model = defaultdict(list)
    for row in reviews:
        by_model[row["model"]].append(row)
    latency = {m: sum(r["latency_ms"] for r in rows) / len(rows) for m, rows in by_model.items()}
    quality = {m: sum(r["quality"] for r in rows) / len(rows) for m, rows in by_model.items()}
    in_time = [model for model in by_model if latency[model] <= 200]
    assert max(in_time, key=lambda model: quality[model]) == "qwen2.5-coder:7b"
    assert quality["qwen2.5-coder:7b"] > 0.9
    assert latency["codellama:13b"] > 200


def test_observations_are_possible(data: DemoData) -> None:
    """Six models did each task in every larger organisation, lately, at qualities from 0 to 1."""
    rows = data.rows["model_observations"]
    seen = Counter((row["organisation_id"], row["task"], row["model"]) for row in rows)
    assert len(seen) == 3 * 6 * 6
    assert set(seen.values()) == {16}
    assert all(0 <= row["quality"] <= 1 and row["latency_ms"] > 0 for row in rows)
    assert all(MIDNIGHT - timedelta(days=90) < row["at"] < MIDNIGHT for row in rows)


def test_the_studio_is_two_people(data: DemoData) -> None:
    """The small team has two members, and both have done something lately."""
    people = {row["id"] for row in only(data.rows["users"], organisation_id="studio-2")}
    assert people == {"studio-uma", "studio-vik"}
    for person in people:
        assert of_person(data, "studio-2", person)[-1].at > MIDNIGHT - timedelta(days=14)


def test_errors_name_skills_of_the_catalogue() -> None:
    """Every error belongs to a skill that the built-in catalogue has, and has an id of its own."""
    assert {case.skill_id for case in ERRORS} <= built_in_catalogue().skills.keys()
    assert len({case.id for case in ERRORS}) == len(ERRORS) == 44
    assert {case.language for case in ERRORS} == {"Python", "JavaScript", "TypeScript", "Docker", "SQL"}


def test_what_is_remembered(data: DemoData) -> None:
    """dev-123 remembers solutions, and what sess-456 is about; so does everybody with resolved errors."""
    own = [memory for memory in data.memories["demo"] if memory.user_id == "dev-123"]
    assert Counter(memory.kind.value for memory in own) == {"solution": 22, "session": 7}
    (session,) = [memory for memory in own if memory.session_id == "sess-456"]
    assert (session.kind.value, session.text) == ("session", "debugging React useEffect infinite loop")
    assert {name: len(found) for name, found in data.memories.items()} == {
        "demo": 865,
        "enterprise-789": 547,
        "corp-123": 729,
        "studio-2": 117,
    }
    resolved = {f"event:{event.id}" for event in data.events if event.kind is Kind.ERROR_RESOLVED}
    remembered = {memory.id for found in data.memories.values() for memory in found}
    assert resolved < remembered


def test_as_much_is_remembered_on_any_day(data: DemoData) -> None:
    """The sessions of two weeks are ten working days', whatever the day of the week is."""
    for day in (20, 23):
        later = demo_data(built_in_catalogue(), date(2025, 8, day))
        assert len(later.memories["demo"]) == len(data.memories["demo"])
