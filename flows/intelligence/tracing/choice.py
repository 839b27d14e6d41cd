"""A fitted model or the prior: whichever tells the answers of people it has not seen better.

People are dealt by a seed. One part in five is held out, the model is fitted to the others, and
both are judged by their log loss on the answers of the people held out. What was judged is what is
used: the model is not fitted again to all people, since that one nobody would have judged.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from flows.intelligence.calibration import log_loss
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.model import TracingModel, unfitted
from flows.intelligence.tracing.tracer import Tracer
from flows.intelligence.tracing.training import TrainingSettings, fit

People = Mapping[str, Sequence[Answer]]

PARTS = 5
LEAST_PEOPLE, LEAST_ANSWERS = 5, 500  #: With fewer, a better log loss is luck.
ANONYMOUS = 3  #: An item that fewer people have answered gets no weights of its own.

#: Fewer dimensions than on public data with a hundred thousand answers: an organisation has fewer.
SETTINGS = TrainingSettings(dimensions=4)


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to use, whether it was fitted, and what it was chosen by.

    ``measures`` holds counts, and where something was held out the log loss in nats of the fitted
    model and of the prior on it.
    """

    model: TracingModel
    fitted: bool
    measures: Mapping[str, Any]


def choose_model(people: People, settings: TrainingSettings = SETTINGS) -> Choice:
    """Fit and compare; the answers of each person are in order. Equal input gives an equal choice."""
    prior, known = unfitted(), _anonymous({name: answers for name, answers in people.items() if answers})
    measures: dict[str, Any] = {"people": len(known), "answers": sum(map(len, known.values()))}
    if measures["people"] < LEAST_PEOPLE or measures["answers"] < LEAST_ANSWERS:
        return Choice(prior, False, measures | {"fitted": False})
    names = sorted(known)
    Random(settings.seed).shuffle(names)
    held_out = [known[name] for name in names[::PARTS]]
    model = fit([known[name] for place, name in enumerate(names) if place % PARTS], settings)
    losses = {"logLoss": held_out_loss(model, held_out), "logLossOfPrior": held_out_loss(prior, held_out)}
    better = losses["logLoss"] < losses["logLossOfPrior"]
    measures |= {name: round(loss, 4) for name, loss in losses.items()}
    measures |= {"fitted": better, "heldOutPeople": len(held_out), "heldOutAnswers": sum(map(len, held_out))}
    return Choice(model if better else prior, better, measures)


def held_out_loss(model: TracingModel, people: Sequence[Sequence[Answer]]) -> float:
    """Log loss in nats of each answer predicted from the person's answers before it."""
    tracer = Tracer(model)
    predictions: list[float] = []
    for answers in people:
        learner = tracer.start()
        for answer in answers:
            predictions.append(tracer.predict(learner, answer.skill, answer.item, answer.day))
            tracer.observe(learner, answer)
    return log_loss(predictions, [answer.correct for answers in people for answer in answers])


def _anonymous(people: People) -> dict[str, Sequence[Answer]]:
    """The answers, without the names of items that too few people have answered."""
    seen_by: defaultdict[str, set[str]] = defaultdict(set)
    for person, answers in people.items():
        for answer in answers:
            if answer.item is not None:
                seen_by[answer.item].add(person)
    common = {item for item, who in seen_by.items() if len(who) >= ANONYMOUS}
    return {
        person: [answer if answer.item in common else replace(answer, item=None) for answer in answers]
        for person, answers in people.items()
    }
