"""The hidden mastery behind the demo data, and the attempts that are drawn from it."""

from collections.abc import Iterator

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.model import LEVELS, Catalogue
from flows.catalogue.parse import parse
from tasks.store.demo_people import MEMBERS, Organisation, Person, Team
from tasks.store.demo_practice import READY, Attempt, Practice, practise

BUILT_IN = built_in_catalogue()
Practices = list[tuple[Organisation, Person, dict[str, Practice]]]


@pytest.fixture(scope="module")
def practices() -> Practices:
    """What everybody practised."""
    return [(o, person, practise(BUILT_IN, o, person, "1")) for o, person in MEMBERS]


def attempts(practices: Practices) -> Iterator[Attempt]:
    """All attempts of everybody."""
    for _, _, found in practices:
        for practice in found.values():
            yield from practice.attempts


def of_own_accord(practices: Practices) -> Iterator[tuple[Person, dict[str, Practice], Practice]]:
    """What people took up by themselves: neither stated nor asked for by their organisation."""
    for organisation, person, found in practices:
        for skill_id, practice in found.items():
            if skill_id not in person.exactly.keys() | organisation.shared | organisation.assigned:
                yield person, found, practice


def chain(*skill_ids: str, level: str = "junior") -> Catalogue:
    """A catalogue whose skills each need the one before, with a goal that needs the last."""
    skills = [
        {
            "id": skill_id,
            "title": skill_id,
            "level": level,
            "hours": 4,
            "prompts": ["Do it."],
            "prerequisites": list(skill_ids[max(0, place - 1) : place]),
        }
        for place, skill_id in enumerate(skill_ids)
    ]
    goal = {"id": "all", "title": "All", "skills": {skill_ids[-1]: 1.0}}
    return parse("chain", [("test", {"skills": skills, "goals": [goal]})])


def alone(person: Person, **more: frozenset[str]) -> Organisation:
    """An organisation of one."""
    return Organisation(id="o", name="O", teams=(Team(id="t", name="T", people=(person,)),), **more)


def test_nothing_is_begun_before_what_it_needs(practices: Practices) -> None:
    """A skill that somebody takes up builds on ones that were learned by then, or lie below their level."""
    checked = 0
    for person, found, practice in of_own_accord(practices):
        for prerequisite in BUILT_IN.skills[practice.skill_id].prerequisites:
            checked += 1
            if prerequisite in found:
                learned = found[prerequisite].learned_on
                assert learned is not None
                assert learned <= practice.begun
            else:
                level = BUILT_IN.skills[prerequisite].level
                assert LEVELS.index(level or "junior") < LEVELS.index(person.level)
    assert checked > 1000


def test_mastery_grows_with_practice(practices: Practices) -> None:
    """From attempt to attempt the hidden mastery never falls, and what is begun low ends higher."""
    grown = []
    for _, _, practice in of_own_accord(practices):
        curve = [attempt.mastery for attempt in practice.attempts]
        assert curve == sorted(curve)
        if practice.start < READY and len(curve) >= 6:
            grown.append(curve[-1] - curve[0])
    assert len(grown) > 200
    assert min(grown) > 0.1


def test_attempts_are_in_order_and_in_the_six_months(practices: Practices) -> None:
    """Days count from 0 to below 130, and no attempt is before the skill was begun."""
    for _, _, found in practices:
        for practice in found.values():
            days = [attempt.day for attempt in practice.attempts]
            assert days == sorted(days)
            assert practice.begun <= days[0]
            assert days[-1] < 130


def test_outcomes_follow_the_hidden_mastery(practices: Practices) -> None:
    """Who masters a skill nearly always succeeds, who begins it mostly fails, the others are between."""
    shares = []
    for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1.0)):
        outcomes = [a.success for a in attempts(practices) if low <= a.mastery < high]
        assert len(outcomes) > 200
        shares.append(sum(outcomes) / len(outcomes))
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] > 0.9


def test_a_skill_is_learned_on_the_day_it_reaches_the_bar(practices: Practices) -> None:
    """From that day on the hidden mastery is .6 or more, and it was less on every day before."""
    for _, _, found in practices:
        for practice in found.values():
            reached = [attempt.day for attempt in practice.attempts if attempt.mastery >= READY]
            if practice.start >= READY:
                assert practice.learned_on == practice.begun
            else:
                assert practice.learned_on == (reached[0] if reached else None)


def test_mastery_on_a_day_is_that_of_the_last_attempt() -> None:
    """Before the first attempt it is the start."""
    made = (Attempt(3.0, 0.4, True), Attempt(5.0, 0.5, False))
    practice = Practice("go", 2.0, 0.3, made, None)
    assert [practice.mastery_on(day) for day in (2.0, 3.0, 4.9, 5.0, 99.0)] == [0.3, 0.4, 0.4, 0.5, 0.5]


def test_a_chain_is_climbed_step_by_step() -> None:
    """Each skill of a chain is begun when the one before was learned; what is not reached is not begun."""
    catalogue = chain("a", "b", "c", "d")
    climbed = 0
    for number in range(40):
        person = Person(id=f"p{number}", name="P", level="junior", goals=("all",))
        found = practise(catalogue, alone(person), person, "1")
        for lower, upper in (("a", "b"), ("b", "c"), ("c", "d")):
            if upper in found:
                climbed += 1
                learned = found[lower].learned_on
                assert learned is not None
                assert learned <= found[upper].begun
    assert climbed > 10


def test_what_is_assigned_is_tried_without_a_foundation() -> None:
    """People work on what they were asked for, prepared or not, and without the foundation mostly fail."""
    catalogue = chain("a", "b", level="senior")
    outcomes = []
    for number in range(40):
        person = Person(id=f"p{number}", name="P", level="junior")
        found = practise(catalogue, alone(person, assigned=frozenset({"b"})), person, "1")
        assert found.keys() == {"b"}
        outcomes += [attempt.success for attempt in found["b"].attempts]
    assert len(outcomes) > 200
    assert 0 < sum(outcomes) / len(outcomes) < 0.3


def test_a_foundation_makes_the_same_attempts_easier() -> None:
    """With what it needs firmly known, more attempts at the same skill succeed."""
    catalogue, shares = chain("a", "b", level="mid"), []
    for exactly in ({}, {"a": (0.95, 20)}):
        successes = []
        for number in range(40):
            person = Person(id=f"p{number}", name="P", level="junior", exactly=exactly)
            found = practise(catalogue, alone(person, assigned=frozenset({"b"})), person, "1")
            successes += [attempt.success for attempt in found["b"].attempts]
        shares.append(sum(successes) / len(successes))
    assert shares[1] > shares[0] + 0.05


def test_what_is_stated_is_drawn_as_stated() -> None:
    """A stated skill has that hidden mastery at each of that many attempts."""
    person = Person(id="p", name="P", level="junior", exactly={"a": (0.7, 5), "unheard-of": (0.7, 5)})
    found = practise(chain("a"), alone(person), person, "1")
    assert found.keys() == {"a"}
    assert [attempt.mastery for attempt in found["a"].attempts] == [0.7] * 5


def test_what_everybody_shares_is_known_well() -> None:
    """Shared skills are practised by everybody, often and with success, whatever their goals are."""
    person = Person(id="p", name="P", level="junior")
    found = practise(chain("a", "b"), alone(person, shared=frozenset({"b"})), person, "1")
    assert found.keys() == {"b"}
    assert found["b"].start >= 0.94
    assert 12 <= len(found["b"].attempts) <= 24


def test_what_is_lacked_is_never_met() -> None:
    """A skill that the organisation lacks is left out, and so is what builds on it at the same level."""
    catalogue = chain("a", "b")
    for number in range(20):
        person = Person(id=f"p{number}", name="P", level="junior", goals=("all",))
        assert practise(catalogue, alone(person, lacks=frozenset({"a"})), person, "1") == {}


def test_higher_skills_are_met_less() -> None:
    """Skills below the own level are known, those at it are being learned, those far above are not met."""
    catalogue, starts = chain("a", level="mid"), {}
    for level in LEVELS:
        people = [Person(id=f"p{number}", name="P", level=level, goals=("all",)) for number in range(100)]
        found = [practise(catalogue, alone(person), person, "1") for person in people]
        starts[level] = [practice["a"].start for practice in found if practice]
    assert starts["foundation"] == []
    assert 30 < len(starts["junior"]) < 60 < len(starts["mid"]) < 90 < len(starts["senior"])
    assert max(starts["junior"]) <= 0.25
    assert 0.3 <= min(starts["mid"]) < max(starts["mid"]) <= 0.6
    assert min(starts["senior"]) >= 0.84


def test_a_skill_without_a_level_counts_as_junior() -> None:
    """Catalogues that state no levels make people too."""
    skill = {"id": "a", "title": "A", "hours": 1, "prompts": ["Do it."]}
    goal = {"id": "all", "title": "All", "skills": {"a": 1.0}}
    catalogue = parse("plain", [("test", {"skills": [skill], "goals": [goal]})])
    person = Person(id="p", name="P", level="senior", goals=("all",))
    assert practise(catalogue, alone(person), person, "1")["a"].start >= 0.9


def test_each_skill_is_drawn_for_itself() -> None:
    """A skill more in the catalogue changes nothing about the others."""
    person = Person(id="p", name="P", level="senior", goals=("all",))
    short = practise(chain("a", "b"), alone(person), person, "1")
    long = practise(chain("a", "b", "c"), alone(person), person, "1")
    assert {skill_id: long[skill_id] for skill_id in short} == short
    assert practise(chain("a", "b"), alone(person), person, "2") != short
