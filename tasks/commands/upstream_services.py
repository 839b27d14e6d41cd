"""``manage.py memory-service``, ``pbml-service``, ``entitlements-service``: engines as services of their own.

Each brings the tables of its durable store up to date and then serves the contract in
``docs/upstreams``. All may share the store of the front.
"""

import os

import click

from config.settings import Settings
from tasks.commands.processes import serve
from tasks.store.database import upgrade


@click.command("memory-service")
def memory_service() -> None:
    """Serve the memory bank."""
    given = _settings()
    serve(given, given.memory_service_port, "app.upstreams.memory_wsgi:application")


@click.command("pbml-service")
def pbml_service() -> None:
    """Serve patterns of behaviour."""
    given = _settings()
    serve(given, given.pbml_service_port, "app.upstreams.pbml_wsgi:application")


@click.command("entitlements-service")
def entitlements_service() -> None:
    """Serve what organisations have bought, as a source for other installations."""
    given = _settings()
    serve(given, given.entitlements_service_port, "app.upstreams.entitlements_wsgi:application")


def _settings() -> Settings:
    given = Settings.of_upstream(os.environ)
    upgrade(given.database_url)
    return given
