#!/usr/bin/env python3
"""The command line of the service. Thin: each command lives in ``tasks.commands``."""

from importlib import import_module
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv

from config.settings import SettingsError
from flows.errors import ServiceError

#: Where each command is; imported when it is asked for, so that processes start quickly.
COMMANDS = {
    "up": "tasks.commands.up:up",
    "front": "tasks.commands.processes:front",
    "streams": "tasks.commands.processes:streams",
    "worker": "tasks.commands.processes:worker",
    "beat": "tasks.commands.processes:beat",
    "flower": "tasks.commands.processes:flower",
    "memory-service": "tasks.commands.upstream_services:memory_service",
    "pbml-service": "tasks.commands.upstream_services:pbml_service",
    "entitlements-service": "tasks.commands.upstream_services:entitlements_service",
    "db": "tasks.commands.stores:db",
    "demo": "tasks.commands.stores:demo",
    "flows": "tasks.commands.flow_versions:flows",
    "catalogue": "tasks.commands.catalogues:catalogue",
    "models": "tasks.commands.models:models",
    "questions": "tasks.commands.questions:questions",
    "memories": "tasks.commands.memories:memories",
    "drafts": "tasks.commands.drafts:drafts",
    "jobs": "tasks.commands.jobs:jobs",
    "schedules": "tasks.commands.schedules:schedules",
    "webhooks": "tasks.commands.webhooks:webhooks",
    "batch": "tasks.commands.batches:batch",
    "errors": "tasks.commands.errors:errors",
    "evaluate": "tasks.commands.evaluate:evaluate",
}


class LazyCommands(click.Group):
    """Imports a command at its first use, and says our errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ServiceError, SettingsError) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=LazyCommands)
def cli() -> None:
    """Learning Service: what to learn or ask next, and why."""
    load_dotenv(Path(__file__).with_name(".env"))


if __name__ == "__main__":
    cli()
