"""How long the stages take that are served from trained models, on a database that has models.

Asks for everybody in it three times and prints CPU time. Run:
``DATA_DIR=/tmp/bench python manage.py demo load && DATA_DIR=/tmp/bench python manage.py models train``,
then ``PYTHONPATH=. .venv/bin/python tests/benchmarks/model_serving.py sqlite:////tmp/bench/learning.db``.
"""

import argparse
from time import process_time, time

from sqlalchemy import Engine, select

from flows.catalogue.built_in import built_in_catalogue
from flows.deadline import Deadline
from flows.model import Stage, StageInput
from flows.ports import Ports
from flows.stages import candidates_collaborative, candidates_pbml
from tasks.serving.patterns import TrainedPatterns
from tasks.serving.recommender import TrainedRecommender
from tasks.store.catalogues import StoredCatalogues
from tasks.store.database import open_database
from tasks.store.events import StoredEvents
from tasks.store.learners import StoredLearners
from tasks.store.tables import users
from tasks.store.trained_models import StoredModels
from tests.ports import make_ports

ROUNDS = 3


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("database")
    engine = open_database(arguments.parse_args().database)
    for stage in (candidates_pbml.STAGE, candidates_collaborative.STAGE):
        first, *times = _times(engine, stage)
        p50, p95, p99 = (sorted(times)[int(len(times) * share)] for share in (0.5, 0.95, 0.99))
        print(
            f"{stage.type}: first {first:.1f}, p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f} ms of {len(times)}"
        )


def _times(engine: Engine, stage: Stage) -> list[float]:
    """Milliseconds of each call; the first ones read the models."""
    params = {name: param.default for name, param in stage.params.items()}
    given = StageInput(params=params, ports=_ports(engine), deadline=Deadline(int(time() * 1000) + 10**9))
    with engine.connect() as connection:
        people = connection.execute(select(users.c.organisation_id, users.c.id)).all()
    times = []
    for organisation, user_id in people * ROUNDS:
        started = process_time()
        stage.run({"request": {"organisation": organisation, "userId": user_id}}, given)
        times.append((process_time() - started) * 1000)
    return times


def _ports(engine: Engine) -> Ports:
    models, events = StoredModels(engine), StoredEvents(engine)
    return make_ports(
        catalogues=StoredCatalogues(engine, built_in_catalogue),
        learners=StoredLearners(engine),
        events=events,
        patterns=TrainedPatterns(models, events),
        recommender=TrainedRecommender(models),
    )


if __name__ == "__main__":
    main()
