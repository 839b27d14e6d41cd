"""What taking events in does to mastery, under the prior and under a fitted model."""

from dataclasses import replace
from datetime import UTC, datetime

from flows.intelligence.tracing.features import PRIOR as WEIGHTS
from flows.intelligence.tracing.model import tracing_model, unfitted
from flows.intelligence.tracing.tracer import Tracer
from flows.signals.events import Event, Kind
from tasks.serving.tracing import TrainedTracers
from tasks.signals_in import PRIOR, mastery_after
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_trained_models import InMemoryModels
from tasks.store.trained_models import TRACING
from tests.factories import in_memory_signals
from tests.ports import make_ports

MONDAY = datetime(2025, 1, 6, 9, tzinfo=UTC)

#: Knows that everybody masters go.
KNOWING = tracing_model([*WEIGHTS.values()], {"go": [9.0, *[0.0] * (len(WEIGHTS) - 1)]}, {})


def answered(skill: str = "go", organisation: str = "acme") -> Event:
    return Event(
        id=f"{organisation}-{skill}",
        organisation=organisation,
        user_id="ann",
        kind=Kind.QUIZ_ANSWERED,
        at=MONDAY,
        skill=skill,
        success=False,
    )


def test_without_a_model_the_prior_is_used() -> None:
    """An organisation whose model was never fitted has the tracer that everybody starts with."""
    assert TrainedTracers(InMemoryModels()).of("acme") is PRIOR


def test_a_fitted_model_takes_the_place_of_the_prior() -> None:
    """After a wrong answer a model that knows the skill as easy still expects more than the prior."""
    assert mastery_after([answered()], Tracer(KNOWING))["go"].level > 0.99
    assert mastery_after([answered()])["go"].level < 0.6


def test_each_organisation_has_its_own_model() -> None:
    """Events move mastery by the model of the organisation that they came from."""
    models, learners = InMemoryModels(), InMemoryLearners()
    models.save("acme", TRACING, KNOWING.to_json(), measures={}, trained_at=MONDAY)
    signals = replace(in_memory_signals(make_ports(learners=learners)), tracers=TrainedTracers(models).of)
    signals.take_in([answered(), answered(organisation="rival")])
    assert learners.mastery("acme", "ann")["go"].level > 0.99
    assert learners.mastery("rival", "ann") == mastery_after([answered()])


def test_a_stored_prior_says_what_the_prior_says() -> None:
    """Where the prior was the better one, it is what is stored."""
    models = InMemoryModels()
    models.save("acme", TRACING, unfitted().to_json(), measures={}, trained_at=MONDAY)
    assert TrainedTracers(models).of("acme").model == PRIOR.model


def test_an_answer_that_was_never_judged_changes_nothing() -> None:
    """A quiz answer without an outcome is stored and teaches nothing, then or later."""
    learners = InMemoryLearners()
    signals = in_memory_signals(make_ports(learners=learners))
    open_answer = Event(
        id="1",
        organisation="acme",
        user_id="ann",
        kind=Kind.QUIZ_ANSWERED,
        at=MONDAY,
        skill="go",
    )
    assert signals.take_in([open_answer]).stored == 1
    assert learners.mastery("acme", "ann") == {}
    signals.take_in([answered()])
    assert learners.mastery("acme", "ann")["go"].observations == 1
