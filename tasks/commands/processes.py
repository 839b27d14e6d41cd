"""Commands that become one process of the service: ``front``, ``streams``, ``worker``, ``beat``, ``flower``.

Each replaces this process, so signals and exit codes are those of the program itself.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from config.queues import LLM, QUEUES, QueuePolicy
from config.settings import Settings
from tasks.celery_app import SOFT_SHUTDOWN_S
from tasks.commands.environment import settings
from tasks.descriptors import allow_descriptors
from tasks.operator_login import login_of
from tasks.preflight import check_start

ROOT = Path(__file__).parents[2]


@click.command()
def front() -> None:
    """Serve HTTP."""
    given = settings()
    check_start(given)
    login_of(given)  # What is wrong with it is said here, in a line.
    serve(given, given.port, "app.wsgi:application")


def serve(given: Settings, port: int, application: str) -> None:
    """Become a server of a WSGI application, named as ``module:name``."""
    allow_descriptors(given.max_connections)
    # Granian, since it served 2.2 times the requests/s of gunicorn's threads (docs/decisions).
    options: dict[str, str | int] = {
        "--interface": "wsgi",
        "--host": given.host,
        "--port": port,
        "--workers": 1,
        "--blocking-threads": given.web_threads,
        "--backpressure": given.max_connections,  # To Granian a connection kept open is a request.
        "--workers-kill-timeout": 4,
        "--log-level": "warning",
    }
    _become("granian", [*_flat(options), "--no-ws", application])


@click.command()
def streams() -> None:
    """Send events of jobs, over HTTP and WebSockets."""
    settings()  # What is wrong with them is said in one line here, and not by the process.
    _become("python", ["-m", "app.streams"])


@click.command()
@click.argument("queue", type=click.Choice(list(QUEUES)))
@click.option("--number", default=1, show_default=True, help="tells workers of one queue on one host apart")
def worker(queue: str, number: int) -> None:
    """Serve one queue with the pool that its policy names."""
    given, policy = settings(), QUEUES[queue]
    check_start(given)
    options: dict[str, str | int] = {
        "--queues": queue,
        "--pool": policy.pool,
        "--concurrency": given.llm_concurrency if queue == LLM else 1,
        "--hostname": f"{queue}@{number}.%h",
        "--loglevel": given.log_level,
    }
    if policy.child_memory_mb is not None:
        options["--max-memory-per-child"] = policy.child_memory_mb * 1024
    if policy.pool == "prefork" and (policy.time_limit_s or 0) > SOFT_SHUTDOWN_S:
        # SIGTERM lets a child finish for a while and then lets go of its task (a soft shutdown). Pools
        # without children finish what they are at, which is short, and could not while waiting for it.
        os.environ["REMAP_SIGTERM"] = "SIGQUIT"
    events = ["--task-events"] if policy.task_events else []
    _stand_back(policy)
    _celery(["worker", *_flat(options), *events, "--without-gossip", "--without-mingle"])


@click.command()
def beat() -> None:
    """Send what the schedule says, when it says so."""
    given = settings()
    check_start(given)
    _celery(["beat", "--loglevel", given.log_level])


@click.command()
def flower() -> None:
    """Show workers and tasks on a page."""
    given = settings()
    login = login_of(given)
    # Not as an argument, which every user of the machine could read.
    os.environ["FLOWER_BASIC_AUTH"] = f"{login.name}:{login.password}"
    options: dict[str, str | int] = {
        "address": given.host,
        "port": given.flower_port,
        "max_tasks": 10_000,
        "tasks_columns": "name,args,state,received,started,runtime,worker",  # The first of args is the job.
        "purge_offline_workers": 60,
        "enable_events": "False",  # Else it switches on, every few seconds, what a queue's policy left off.
    }
    _celery(["flower", *(f"--{name}={value}" for name, value in options.items())])


def _stand_back(policy: QueuePolicy) -> None:
    """Give way to other processes, as far as the policy says and the system can."""
    os.nice(policy.niceness)
    if policy.idle and hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _flat(options: Mapping[str, str | int]) -> list[str]:
    return [str(part) for pair in options.items() for part in pair]


def _celery(arguments: Sequence[str]) -> None:
    _become("celery", ["-A", "tasks.worker", *arguments])


def _become(program: str, arguments: Sequence[str]) -> None:
    path = str(Path(sys.executable).with_name(program))
    os.environ["PYTHONPATH"] = str(ROOT)
    os.execv(path, [path, *arguments])
