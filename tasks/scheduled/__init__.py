"""The schedule: every job that runs by the clock, in one list."""

from config.queues import BATCH, REFINE, TRAINING, UPKEEP, WEBHOOKS
from tasks.clients.model_care import EVERY_S as KEEP_WARM_S
from tasks.scheduled.feed_batches import feed_batches
from tasks.scheduled.index_memories import EVERY_S as INDEX_MEMORIES_S
from tasks.scheduled.index_memories import index_memories
from tasks.scheduled.keep_warm import keep_warm
from tasks.scheduled.make_drafts import HOUR_S, make_drafts
from tasks.scheduled.model import ScheduledJob
from tasks.scheduled.refresh_entitlements import refresh_entitlements
from tasks.scheduled.send_webhooks import send_webhooks, store_webhooks
from tasks.scheduled.store_decisions import store_decisions
from tasks.scheduled.sweep_ledger import sweep_ledger
from tasks.scheduled.sweep_records import sweep_records
from tasks.scheduled.train_models import fit_calibration, fit_tracing, mine_patterns, train_recommender

#: Models are looked at this often, and trained when it is time and something changed.
TRAINING_LOOK_S = 60.0
CALIBRATION_S = 15 * 60.0  #: Outcomes come in all day, and each fit takes a second.
#: Each organisation has a time of its own, every two to four minutes.
ENTITLEMENTS_LOOK_S = 10.0

SCHEDULE: tuple[ScheduledJob, ...] = (
    ScheduledJob("sweep_ledger", every_s=1.0, run=sweep_ledger, may_overlap=True),
    ScheduledJob("store_decisions", every_s=1.0, run=store_decisions, may_overlap=True),
    ScheduledJob("store_webhooks", every_s=1.0, run=store_webhooks, may_overlap=True),
    ScheduledJob("send_webhooks", every_s=1.0, run=send_webhooks, queue=WEBHOOKS),
    ScheduledJob("feed_batches", every_s=1.0, run=feed_batches, queue=BATCH),
    ScheduledJob("sweep_records", every_s=3600.0, run=sweep_records, longest_s=600.0),
    ScheduledJob("refresh_entitlements", every_s=ENTITLEMENTS_LOOK_S, run=refresh_entitlements, queue=UPKEEP),
    ScheduledJob(
        "index_memories", every_s=INDEX_MEMORIES_S, run=index_memories, queue=TRAINING, longest_s=300.0
    ),
    ScheduledJob("make_drafts", every_s=HOUR_S, run=make_drafts),
    ScheduledJob("keep_warm", every_s=KEEP_WARM_S, run=keep_warm, queue=REFINE),
    ScheduledJob("mine_patterns", every_s=TRAINING_LOOK_S, run=mine_patterns, queue=TRAINING),
    ScheduledJob("train_recommender", every_s=TRAINING_LOOK_S, run=train_recommender, queue=TRAINING),
    ScheduledJob("fit_calibration", every_s=CALIBRATION_S, run=fit_calibration, queue=TRAINING),
    ScheduledJob("fit_tracing", every_s=TRAINING_LOOK_S, run=fit_tracing, queue=TRAINING),
)
