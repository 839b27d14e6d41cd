"""A model from a log and a catalogue."""

from flows.intelligence.recommender.blend import PRIOR, PRIOR_BLEND
from flows.intelligence.recommender.interactions import Interaction, Item, histories
from flows.intelligence.recommender.sources import learn
from flows.intelligence.recommender.training import fit_blend, train

ITEMS = [Item(f"{number}", f"lesson n{number}") for number in range(30)]
POSITIONS = {item.id: place for place, item in enumerate(ITEMS)}
EMPTY = tuple({} for _ in ITEMS)


def followers(people: int) -> list[Interaction]:
    """Each takes up four items of the catalogue in its sequence, from anywhere."""
    return [
        Interaction(f"p{p}", f"{(7 * p) % 26 + n}", 1e5 * p + 60 * n) for p in range(people) for n in range(4)
    ]


def test_the_same_log_gives_the_same_model() -> None:
    """Training is repeatable."""
    assert train(followers(40), ITEMS) == train(followers(40), ITEMS)


def test_sources_learn_from_the_whole_log() -> None:
    """Only the weights are fitted on less; the newest steps are in the lists."""
    model = train(followers(3), ITEMS)
    assert model.sources == learn(histories(followers(3), POSITIONS), model.sources.similar)
    assert model.sources.next[2] == {3: 1.0}


def test_weights_follow_what_people_do() -> None:
    """Where everybody follows the catalogue, its sequence gains weight and popularity does not."""
    blend = fit_blend(histories(followers(60), POSITIONS), EMPTY)
    assert blend[2]["order"] > PRIOR["order"]
    assert blend[2]["popular"] <= PRIOR["popular"]


def test_weights_are_those_of_the_length_of_history() -> None:
    """With three items known everybody is in the class of two to four, which moves furthest."""
    blend = fit_blend(histories(followers(60), POSITIONS), EMPTY)
    assert blend[2]["order"] > blend[1]["order"] == blend[5]["order"]


def test_trends_are_weighed_by_what_they_said_at_the_time() -> None:
    """People who take up what is new each month make trends tell, though the months are long gone."""
    month = 30 * 86400.0
    crowd = [Interaction(f"c{n}-{p}", f"{n + 1}", n * month) for n in range(20) for p in range(3)]
    late = [
        Interaction(f"l{n}-{p}", item, n * month + time)
        for n in range(20)
        for p in range(3)
        for item, time in (("0", month / 2), (f"{n + 1}", month / 2 + 60))
    ]
    blend = fit_blend(histories([*crowd, *late], POSITIONS), EMPTY)
    assert blend[1]["trending"] > PRIOR["trending"] + 0.1


def test_weights_are_fitted_on_steps_the_sources_have_not_seen() -> None:
    """A last step that nobody else took was not predictable, so the chain earns nothing from it."""
    log = [
        Interaction(f"p{p}", f"{item}", 100.0 * n) for p in range(10) for n, item in enumerate((p, 10 + p))
    ]
    blend = fit_blend(histories(log, POSITIONS), EMPTY)
    assert blend == PRIOR_BLEND


def test_what_is_not_in_the_catalogue_is_left_out() -> None:
    """A log may name things that are gone."""
    log = [*followers(5), Interaction("p0", "gone", 1.0), Interaction("ghost", "gone", 2.0)]
    assert train(log, ITEMS) == train(followers(5), ITEMS)


def test_an_empty_log_gives_a_model() -> None:
    """Before the first event only content is known, and the weights are the prior's."""
    model = train([], ITEMS)
    assert model.items == tuple(POSITIONS)
    assert model.blend == PRIOR_BLEND
    assert model.sources.popular == {}
