"""The schedule: every job that runs by the clock, in one list."""

from tasks.scheduled.model import ScheduledJob
from tasks.scheduled.sweep_ledger import sweep_ledger
from tasks.scheduled.sweep_records import sweep_records

SCHEDULE: tuple[ScheduledJob, ...] = (
    ScheduledJob("sweep_ledger", every_s=1.0, run=sweep_ledger),
    ScheduledJob("sweep_records", every_s=3600.0, run=sweep_records),
)
