"""``path.save``: the answer kept as a path of the person."""

from collections.abc import Mapping
from typing import Any

from flows.errors import StageError
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Save the path under the id of the job, so that doing it again saves nothing more."""
    if not given.seed:
        raise StageError("a path is saved under the id of its job, and there is none")
    request = doc["request"]
    given.ports.saved_paths.save(request["organisation"], given.seed, request, doc["answer"])
    return {}


STAGE = Stage(type="path.save", run=run, reads=("request", "answer"), writes=(), effect=True)
