"""A bounded sample of people and of what each did."""

from random import Random

from flows.intelligence.people_sample import PeopleSample

PEOPLE = [f"person-{number}" for number in range(20)]


def sample_of(order: list[str], *, people: int, per_person: int = 10) -> PeopleSample[int]:
    sample: PeopleSample[int] = PeopleSample(people=people, per_person=per_person)
    for number, person in enumerate(order):
        sample.add(person, number)
    return sample


def test_all_is_kept_while_there_is_room() -> None:
    """Below both bounds everything comes back, people by id, observations as they came."""
    sample = sample_of(["bob", "ann", "bob"], people=2)
    assert list(sample.by_person().items()) == [("ann", (1,)), ("bob", (0, 2))]


def test_the_newest_of_a_person_stay() -> None:
    """Of each person only so many, the last ones."""
    sample = sample_of(["ann"] * 5 + ["bob"], people=2, per_person=3)
    assert sample.by_person() == {"ann": (2, 3, 4), "bob": (5,)}


def test_no_more_people_than_wanted() -> None:
    """The bound on people is kept, also by those who come again and again."""
    sample = sample_of(PEOPLE * 3, people=4)
    assert [len(kept) for kept in sample.by_person().values()] == [3, 3, 3, 3]


def test_who_stays_does_not_depend_on_who_came_first() -> None:
    """In any order the same people stay, with all that they did."""
    kept = set(sample_of(PEOPLE, people=5).by_person())
    for seed in range(5):
        order = PEOPLE * 2
        Random(seed).shuffle(order)
        sample = sample_of(order, people=5).by_person()
        assert set(sample) == kept
        assert {person: len(seen) for person, seen in sample.items()} == dict.fromkeys(kept, 2)


def test_a_smaller_sample_is_part_of_a_larger_one() -> None:
    """Lowering the bound takes people away and brings no others."""
    kept = [set(sample_of(PEOPLE, people=most).by_person()) for most in (1, 5, 20)]
    assert kept[0] < kept[1] < kept[2] == set(PEOPLE)


def test_nobody_is_no_error() -> None:
    """A sample that saw nothing is empty."""
    assert sample_of([], people=1).by_person() == {}
