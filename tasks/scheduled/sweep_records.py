"""What was kept long enough is deleted; ``config/retention.py`` says how long that is."""

from tasks.services import Services


def sweep_records(services: Services) -> dict[str, int]:
    """Delete what is too old; returns the rows by table."""
    return services.records.sweep()
