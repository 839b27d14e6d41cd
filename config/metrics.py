"""Every Prometheus metric of the service, and nothing else creates one.

Front requests are measured by prometheus-flask-exporter under ``flask_http_request_*``. With
``PROMETHEUS_MULTIPROC_DIR`` set, all processes of a host are collected together.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)

STAGE_SECONDS = Histogram(
    "learning_stage_seconds", "Time spent in a stage.", ("flow", "stage", "status"), buckets=SECONDS
)
JOBS_ENDED = Counter("learning_jobs_ended_total", "Jobs that have ended, by state.", ("flow", "state"))
ANSWERS = Counter(
    "learning_answers_total", "Requests for an answer, by where it came from.", ("flow", "source")
)
DECISIONS = Counter(
    "learning_decisions_total", "Decisions on their way into the durable store, by fate.", ("fate",)
)
RERANKS = Counter(
    "learning_reranks_total", "Orders asked of a language model, by what came of it.", ("flow", "outcome")
)
POISON = Counter("learning_poison_messages_total", "Messages that no worker could read.")
BATCH_MEMBERS = Counter("learning_batch_members_total", "Members of batches, by how they ended.", ("state",))
REFINES = Counter(
    "learning_refines_total",
    "Answers to be bettered after they were out, by what came of it.",
    ("flow", "fate"),
)
MODEL_PROBES = Counter(
    "learning_model_probes_total", "Attempts to keep the language model warm, by what came of it.", ("fate",)
)
SWEPT = Counter("learning_jobs_swept_total", "Overdue jobs, by what the sweeper did.", ("action",))
SCHEDULED_TICKS = Counter(
    "learning_scheduled_ticks_total", "Ticks of scheduled jobs, by what came of them.", ("job", "outcome")
)
SCHEDULED_SECONDS = Histogram(
    "learning_scheduled_seconds",
    "Time that a run of a scheduled job took.",
    ("job",),
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0),
)
ENTITLEMENT_REFRESHES = Counter(
    "learning_entitlement_refreshes_total",
    "Readings of an organisation's entitlements from their source, by what came of them.",
    ("fate",),
)
TRAINING_SECONDS = Histogram(
    "learning_training_seconds",
    "Time in which a model of one organisation was trained.",
    ("kind",),
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0),
)
UPSTREAM_SECONDS = Histogram(
    "learning_upstream_seconds",
    "Time of an attempt to call an upstream, by how it ended.",
    ("upstream", "outcome"),
    buckets=SECONDS,
)
UPSTREAM_BREAKER = Gauge(
    "learning_upstream_breaker",
    "Breaker of an upstream: 0 closed, 1 half-open, 2 open; the worst of the processes.",
    ("upstream",),
    multiprocess_mode="livemax",
)
UPSTREAM_BREAKER_CHANGES = Counter(
    "learning_upstream_breaker_changes_total",
    "Changes of a breaker, by its new state.",
    ("upstream", "state"),
)
MEMORY_VECTORS = Counter(
    "learning_memory_vectors_total",
    "Recalls by words that vectors were to have a part in, by what came of that.",
    ("outcome",),
)
MEMORY_INDEX = Counter(
    "learning_memory_index_total", "Memories that the index of vectors was told of, by fate.", ("fate",)
)
WEBHOOKS = Counter("learning_webhooks_total", "Attempts to send a message, by what came of it.", ("fate",))
WEBHOOK_SECONDS = Histogram(
    "learning_webhook_seconds",
    "Time that an attempt to send a message took.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0),
)
WEBHOOKS_WAITING = Gauge(
    "learning_webhooks_waiting", "Messages that are to be sent, now or later.", multiprocess_mode="mostrecent"
)
WEBHOOK_OLDEST_SECONDS = Gauge(
    "learning_webhook_oldest_due_seconds",
    "How long the message that waits longest has been due.",
    multiprocess_mode="mostrecent",
)
OPEN_STREAMS = Gauge(
    "learning_open_streams",
    "Clients that are sent events of a job.",
    ("transport",),
    multiprocess_mode="livesum",
)
STREAMS_CLOSED = Counter(
    "learning_streams_closed_total",
    "Streams of events that are closed, by what closed them.",
    ("transport", "reason"),
)
WAITERS = Gauge("learning_waiting_requests", "Requests waiting for a job.", multiprocess_mode="livesum")
