"""The recommender of an organisation, from what its people turned to and the built-in catalogue."""

from datetime import timedelta

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.people_sample import PeopleSample
from flows.intelligence.recommender.from_events import interactions_of, items_of, learnable
from flows.intelligence.recommender.interactions import Interaction
from flows.intelligence.recommender.model import to_document
from flows.intelligence.recommender.training import train
from tasks.store.trained_models import RECOMMENDER
from tasks.training.model import Pages, Trained, Training

MOST_PEOPLE, MOST_INTERACTIONS = 300, 300  #: The second of each person.


def train_recommender(pages: Pages) -> Trained:
    """Neighbour lists, popularity, and the weights of their blend."""
    sample: PeopleSample[Interaction] = PeopleSample(people=MOST_PEOPLE, per_person=MOST_INTERACTIONS)
    for page in pages:
        for event in page:
            for interaction in interactions_of(event):
                sample.add(interaction.user, interaction)
    people = sample.by_person()
    interactions = learnable([one for theirs in people.values() for one in theirs])
    items = items_of(built_in_catalogue(), interactions)
    measures = {"people": len(people), "interactions": len(interactions), "items": len(items)}
    return Trained(to_document(train(interactions, items)), measures)


RECOMMENDER_TRAINING = Training(RECOMMENDER, timedelta(hours=1), train_recommender)
