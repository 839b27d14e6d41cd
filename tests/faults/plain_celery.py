"""A plain Celery application, set up as its documentation advises for work that must not be lost.

It has what can be had by settings: late acknowledgement, rejection on a lost worker, a short visibility
timeout that is looked at every second. It has no ledger.
"""

import os
import time

from celery import Celery

RESTORED_AFTER_S = 5

app = Celery("plain", broker=os.environ["PLAIN_REDIS"], backend=os.environ["PLAIN_REDIS"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": RESTORED_AFTER_S,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
)


@app.task(name="plain.effect")
def effect(number: int, hold_s: float = 0.0) -> int:
    """Write the number down, once it is held for a while."""
    time.sleep(hold_s)
    with open(os.environ["PLAIN_EFFECTS"], "a", encoding="utf-8") as file:
        file.write(f"{number}\n")
    return number
