"""All faults, by what they break. Importing this fills the list."""

from tests.faults.broken import clocks, front, jobs, model, partners, redis_away, too_much, workers

__all__ = ["clocks", "front", "jobs", "model", "partners", "redis_away", "too_much", "workers"]
