"""Entry point of the front under test: the product's own, with flows of the suite to ask for.

``POST /faults/<flow>`` answers with one of them as every flow endpoint does. ``X-Die: before-publish``
or ``after-publish`` kills the front at that point of the request, as a machine that goes away would.
"""

import os
import signal
from typing import Any

from flask import Response, request

from tests.faults.stages import learn_stages

learn_stages()

from app.context import principal  # noqa: E402
from app.parts import answer  # noqa: E402
from app.wsgi import application  # noqa: E402
from tasks.publish import ChainPublisher  # noqa: E402

_publish = ChainPublisher.publish


def _die(point: str) -> None:
    if request and request.headers.get("X-Die") == point:
        os.killpg(0, signal.SIGKILL)


def _publish_or_die(self: ChainPublisher, *args: Any, **options: Any) -> None:
    _die("before-publish")
    _publish(self, *args, **options)
    _die("after-publish")


ChainPublisher.publish = _publish_or_die


@application.post("/faults/<flow>")
def ask(flow: str) -> Response:
    """Answer with a flow; what was sent is the request."""
    sent = {"organisation": principal().organisation, **request.get_json()}
    return answer(flow, sent, request.args.get("mode"))
