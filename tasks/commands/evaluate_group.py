"""The group that evaluations add themselves to."""

import click


@click.group()
def evaluate() -> None:
    """Measure the service on data of your own."""
