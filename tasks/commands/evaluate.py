"""``manage.py evaluate``: the group with every evaluation in it."""

import click

from tasks.commands.evaluate_errors import errors
from tasks.commands.evaluate_paths import paths
from tasks.commands.evaluate_recommender import recommender
from tasks.commands.evaluate_router import router
from tasks.commands.evaluate_tracing import tracing


@click.group()
def evaluate() -> None:
    """Measure the service on data of your own."""


for command in (recommender, tracing, paths, errors, router):
    evaluate.add_command(command)
