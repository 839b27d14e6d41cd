"""Models are trained anew when it is time and what they are made from has changed."""

from tasks.services import Services
from tasks.store.trained_models import PATTERNS, RECOMMENDER, TRACING


def mine_patterns(services: Services) -> dict[str, int]:
    """Patterns of behaviour, of each organisation and overall; returns how many had which fate."""
    return services.trainer.train_due(PATTERNS)


def train_recommender(services: Services) -> dict[str, int]:
    """What people who did the same did next; returns how many organisations had which fate."""
    return services.trainer.train_due(RECOMMENDER)


def fit_calibration(services: Services) -> dict[str, int]:
    """What scores mean, from what became of the items shown; returns how many were fitted."""
    return services.calibration.fit_all()


def fit_tracing(services: Services) -> dict[str, int]:
    """How answers follow from the ones before; returns how many organisations had which fate."""
    return services.trainer.train_due(TRACING)
