"""The tracing model of an organisation, from the answers that its events stand for."""

from datetime import timedelta

from flows.intelligence.people_sample import PeopleSample
from flows.intelligence.tracing.choice import choose_model
from flows.intelligence.tracing.from_events import answer_of
from flows.intelligence.tracing.learner import Answer
from tasks.store.trained_models import TRACING
from tasks.training.model import Pages, Trained, Training

MOST_PEOPLE, MOST_ANSWERS = 500, 500  #: The second of each person. Takes half a minute at most.


def train_tracing(pages: Pages) -> Trained:
    """The fitted model, or the prior where it is better or there are too few answers."""
    sample: PeopleSample[Answer] = PeopleSample(people=MOST_PEOPLE, per_person=MOST_ANSWERS)
    for page in pages:
        for event in page:
            answer = answer_of(event)
            if answer is not None:
                sample.add(event.user_id, answer)
    choice = choose_model(sample.by_person())
    return Trained(choice.model.to_json(), choice.measures)


TRACING_TRAINING = Training(TRACING, timedelta(days=1), train_tracing)
