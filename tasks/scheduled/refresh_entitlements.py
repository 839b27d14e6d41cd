"""Organisations' entitlements are asked of their source anew, before what is cached runs out."""

from tasks.services import Services


def refresh_entitlements(services: Services) -> dict[str, int]:
    """Ask about all for whom it is time; returns how many had which fate."""
    return services.entitlements.refresh_due()
