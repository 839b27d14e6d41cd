"""What a process that logs as configured really writes: run in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]

PROGRAM = """
import logging, logging.config
early = logging.getLogger("early")
from config.logs import logging_config
logging.config.dictConfig(logging_config("front", "INFO"))
early.info("made_before", extra={"request_id": "r1", "ms": 1.5})
log = logging.getLogger("app.front")
log.debug("too_quiet")
log.info("request", extra={"request_id": "r2", "job_id": "j1", "stage": "explain", "note": "a\\nb \\u00e9"})
log.warning("slow %s", "stage")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("unexpected")
for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat", "werkzeug", "alembic.runtime"):
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble")
logging.getLogger("celery.worker.consumer").info("connected")
"""


@pytest.fixture(scope="module")
def written() -> list[dict[str, Any]]:
    """What the program wrote to its standard output; every line has to be JSON."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, capture_output=True, check=True, text=True
    )
    assert found.stderr == ""
    return [json.loads(line) for line in found.stdout.splitlines()]


def of(written: list[dict[str, Any]], event: str) -> dict[str, Any]:
    """The one line of that event."""
    (line,) = [line for line in written if line["event"] == event]
    return line


def test_a_line_has_the_same_names_everywhere(written: list[dict[str, Any]]) -> None:
    """Each line says when, how grave, who, which process and what, and then its own fields."""
    line = of(written, "request")
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "app.front",
        "process": "front",
        "event": "request",
        "request_id": "r2",
        "job_id": "j1",
        "stage": "explain",
        "note": "a\nb é",
    }


def test_values_keep_their_type(written: list[dict[str, Any]]) -> None:
    """Numbers are logged as numbers, also by a logger that was there before logging was set up."""
    line = of(written, "made_before")
    assert (line["ms"], line["request_id"], line["logger"]) == (1.5, "r1", "early")


def test_what_is_below_the_level_is_not_written(written: list[dict[str, Any]]) -> None:
    """The level of the settings holds for every logger."""
    assert "too_quiet" not in [line["event"] for line in written]


def test_arguments_are_filled_in(written: list[dict[str, Any]]) -> None:
    """Libraries log texts with arguments; they come out whole."""
    assert of(written, "slow stage")["level"] == "WARNING"


def test_a_traceback_stays_in_its_line(written: list[dict[str, Any]]) -> None:
    """An exception is a field of the line that reports it."""
    line = of(written, "unexpected")
    assert line["level"] == "ERROR"
    assert line["exc_info"].splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_chatter_of_libraries_is_left_out(written: list[dict[str, Any]]) -> None:
    """Libraries that repeat what we log ourselves are heard from WARNING on; others are not cut."""
    quiet = {"celery.worker.strategy", "celery.app.trace", "celery.beat", "werkzeug", "alembic.runtime"}
    assert {line["logger"] for line in written if line["event"] == "trouble"} == quiet
    assert [line["logger"] for line in written if line["event"] == "chatter"] == []
    assert of(written, "connected")["logger"] == "celery.worker.consumer"
