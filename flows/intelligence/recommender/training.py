"""A model from a log and a catalogue: what the scheduled job runs."""

from collections.abc import Iterable, Sequence

from flows.intelligence.recommender.blend import Blend, history_class
from flows.intelligence.recommender.content import similar
from flows.intelligence.recommender.fitting import Example, example, fit
from flows.intelligence.recommender.interactions import Histories, Interaction, Item, histories
from flows.intelligence.recommender.model import Model
from flows.intelligence.recommender.neighbours import Neighbours
from flows.intelligence.recommender.sources import evidence, learn

EXAMPLES = 1500  #: People whose newest step the weights are fitted on, at most.


def train(interactions: Iterable[Interaction], items: Sequence[Item]) -> Model:
    """Learn all sources and the weights of their blend; the same input gives the same model.

    ``items`` is the catalogue in its own sequence. What is not in it is left out of the log.
    """
    positions = {item.id: place for place, item in enumerate(items)}
    past = histories(interactions, positions)
    alike = similar(items)
    return Model(tuple(positions), learn(past, alike), fit_blend(past, alike))


def fit_blend(past: Histories, alike: Neighbours) -> Blend:
    """Weights with which sources learned without everybody's newest step tell that step best."""
    earlier = {user: steps[:-1] or steps for user, steps in past.items()}
    sources = learn(earlier, alike)
    users = [user for user, steps in past.items() if len(steps) > 1]
    examples: list[Example] = []
    for user in users[:: max(1, -(-len(users) // EXAMPLES))]:
        known = [step.item for step in earlier[user]]
        seen = evidence(sources, known, earlier[user][-1].time, known)
        made = example(seen, past[user][-1].item, history_class(len(known)))
        if made is not None:
            examples.append(made)
    return fit(examples)
