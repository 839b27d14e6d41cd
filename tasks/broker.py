"""Celery's connection to Redis, made safe against messages that are none.

Out of the box a worker ends when what it takes from a queue is not even an envelope, and throws
a message away without a word to us when it cannot decode the body. Here both are reported to
``unreadable``, dropped, and the worker goes on with the next one. And it comes back within a
second or two after the broker does.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from celery.utils.dispatch import Signal
from celery.worker.consumer import Consumer as CeleryConsumer
from celery.worker.state import maybe_shutdown
from kombu.transport import redis, virtual
from kombu.transport.virtual import Empty

#: Sent with ``reason`` and ``body`` (text) for what was taken from a queue and could not be read.
unreadable = Signal(name="unreadable", providing_args={"reason", "body"})

PAUSES = {"interval_start": 0.2, "interval_step": 0.2, "interval_max": 1.0}  #: Seconds between attempts.

#: Seconds between looks at whether a child has ended. Celery looks when the child's pipe closes, which may be
#: some microseconds before the child can be waited for, and then again after 5 s, in which nobody works.
CHILDREN_LOOK_S = 0.1

log = logging.getLogger(__name__)


class NoEnvelope(Exception):
    """Raised for JSON that is not a message of the broker."""

    def __init__(self, taken: Any, error: Exception) -> None:
        super().__init__(f"not an envelope: {type(error).__name__}: {error}")
        self.taken = taken


class Message(virtual.Message):
    """A message; raises NoEnvelope for what is none."""

    def __init__(self, payload: Any, channel: Any = None, **more: Any) -> None:
        try:
            super().__init__(payload, channel=channel, **more)  # type: ignore[no-untyped-call]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NoEnvelope(payload, error) from error


class Channel(redis.Channel):
    """A channel that lets nothing unreadable through to the worker."""

    Message = Message

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except NoEnvelope as error:
            _report(str(error), json.dumps(error.taken))
        except json.JSONDecodeError as error:
            _report(f"not JSON: {error}", error.doc)
        except UnicodeDecodeError as error:
            _report(f"not UTF-8: {error.reason}", error.object.decode("utf-8", "replace"))
        raise Empty  # As after a wait in which nothing came.


class Transport(redis.Transport):
    """The transport of workers, by the name ``tasks.broker:Transport``."""

    Channel = Channel


class Consumer(CeleryConsumer):
    """The consumer of workers."""

    _looks_after_children = False

    def register_with_event_loop(self, hub: Any) -> None:
        """Called at the start and after each reconnect; replaces children that have ended, from then on."""
        super().register_with_event_loop(hub)
        if not self._looks_after_children:
            hub.call_repeatedly(CHILDREN_LOOK_S, self.pool.maintain_pool)
            self._looks_after_children = True

    def ensure_connected(self, conn: Any) -> Any:
        """Connect, however long it takes. Celery's own pauses grow to half a minute, ours to a second."""

        def on_error(error: Exception, pause_s: float) -> None:
            log.warning("broker_away", extra={"error": str(error), "again_in_s": pause_s})

        conn.ensure_connection(on_error, callback=maybe_shutdown, **PAUSES)
        self.first_connection_attempt = False
        return conn

    def create_task_handler(self, *given: Any, **options: Any) -> Callable[[Any], None]:
        """Receive messages; one on which Celery stumbles does not end the worker, and comes back no more."""
        receive = super().create_task_handler(*given, **options)

        def receive_or_report(message: Any) -> None:
            try:
                receive(message)
            except self.connection_errors:
                raise
            except Exception as error:
                report_message(message, f"cannot be received: {type(error).__name__}: {error}")
                if not message.acknowledged:
                    message.ack_log_error(log, self.connection_errors)

        return receive_or_report

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Report a body that cannot be decoded, and let go of it."""
        super().on_decode_error(message, exc)
        report_message(message, f"cannot be decoded: {exc}")


def report_message(message: Any, reason: str) -> None:
    """Report a message by its headers, which may name its job, and its body."""
    body = message.body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    _report(reason, f"{(message.headers or {}).get('argsrepr', '')} {text}")


def _report(reason: str, body: str) -> None:
    log.error("message_unreadable", extra={"reason": reason})
    unreadable.send(sender=None, reason=reason, body=body)
