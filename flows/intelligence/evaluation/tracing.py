"""How well answers are predicted from the ones before, beside a plain Elo on the same split.

Students are dealt into five parts by their position modulo 5. The first part is tested, the
others are trained on; cross-validation leaves the first part out and tests each of the others
once. Nothing of a tested student is known before their first answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from flows.errors import InvalidInput
from flows.intelligence.calibration import accuracy, auc, expected_calibration_error, log_loss
from flows.intelligence.evaluation.elo import Elo
from flows.intelligence.tracing.learner import Answer, same_act
from flows.intelligence.tracing.tracer import Tracer
from flows.intelligence.tracing.training import TrainingSettings, fit

PARTS = 5
Person = Sequence[Answer]
State = TypeVar("State")


class OnlinePredictor(Protocol[State]):
    """What can be measured here: predicts an answer, then takes it in."""

    def start(self) -> State:
        """The state of a person of whom nothing is known."""
        ...

    def predict(
        self, learner: State, skill: str, item: str | None = None, day: float | None = None, /
    ) -> float:
        """Probability of a right answer, 0 to 1."""
        ...

    def observe(self, learner: State, answer: Answer, /) -> None:
        """Take an answer in."""
        ...


@dataclass(frozen=True, slots=True)
class Measures:
    """Of ``answers`` predictions: area under the curve, share on the right side of one half,
    expected calibration error in ten bins, log loss in nats.
    """

    answers: int
    auc: float
    accuracy: float
    calibration_error: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Result:
    """One predictor's measures over all answers, and over those that are not the answer before
    once more under another skill of its item (such repeats give themselves away).

    ``seconds`` is the time that predicting and taking in one answer took.
    """

    every: Measures
    without_repeats: Measures
    seconds: float


@dataclass(frozen=True, slots=True)
class TracingReport:
    """The tracer and Elo on one split; ``students`` is how many of them were tested."""

    students: int
    tracer: Result
    elo: Result


def evaluate(
    people: Sequence[Person], *, clock: Callable[[], float], settings: TrainingSettings | None = None
) -> TracingReport:
    """Train on all parts but the first, test on that. ``clock`` gives seconds.

    Raises InvalidInput when there are fewer than five people, or all outcomes are equal.
    """
    first, *others = _parts(people)
    return _compare(others, first, clock, settings)


def cross_validate(
    people: Sequence[Person], *, clock: Callable[[], float], settings: TrainingSettings | None = None
) -> list[TracingReport]:
    """Each part but the first tested once, trained on the others: for choosing settings."""
    _, *parts = _parts(people)
    return [
        _compare([*parts[:left_out], *parts[left_out + 1 :]], parts[left_out], clock, settings)
        for left_out in range(len(parts))
    ]


def _parts(people: Sequence[Person]) -> list[Sequence[Person]]:
    if len(people) < PARTS:
        raise InvalidInput(f"at least {PARTS} people are needed, one in each part")
    return [people[part::PARTS] for part in range(PARTS)]


def _compare(
    training: Sequence[Sequence[Person]],
    tested: Sequence[Person],
    clock: Callable[[], float],
    settings: TrainingSettings | None,
) -> TracingReport:
    known = list(chain.from_iterable(training))
    elo = Elo()
    _follow(elo, known)
    return TracingReport(
        len(tested), _measure(Tracer(fit(known, settings)), tested, clock), _measure(elo, tested, clock)
    )


def _follow(predictor: OnlinePredictor[State], people: Sequence[Person]) -> list[float]:
    """What was predicted for each answer before it was taken in."""
    predictions = []
    for answers in people:
        learner = predictor.start()
        for answer in answers:
            predictions.append(predictor.predict(learner, answer.skill, answer.item, answer.day))
            predictor.observe(learner, answer)
    return predictions


def _measure(
    predictor: OnlinePredictor[State], people: Sequence[Person], clock: Callable[[], float]
) -> Result:
    before = clock()
    predictions = _follow(predictor, people)
    seconds = clock() - before
    outcomes = [answer.correct for answers in people for answer in answers]
    first = [number for number, repeat in enumerate(_repeats(people)) if not repeat]
    return Result(
        _measures(predictions, outcomes),
        _measures([predictions[n] for n in first], [outcomes[n] for n in first]),
        seconds / len(predictions),
    )


def _repeats(people: Sequence[Person]) -> list[bool]:
    """Per answer, whether it is the one before once more under another skill."""
    return [
        same_act(before, answer.skill, answer.item, answer.day)
        for answers in people
        for before, answer in zip([None, *answers], answers, strict=False)
    ]


def _measures(predictions: Sequence[float], outcomes: Sequence[bool]) -> Measures:
    return Measures(
        len(predictions),
        auc(predictions, outcomes),
        accuracy(predictions, outcomes),
        expected_calibration_error(predictions, outcomes),
        log_loss(predictions, outcomes),
    )
