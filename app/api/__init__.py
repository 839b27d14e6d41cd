"""The resources of the API, one small module each, in the order in which the documentation shows them."""

from app.api import (
    analytics,
    contracts,
    entitlements,
    events,
    feedback,
    jobs,
    learning_paths,
    memories,
    model_choice,
    quizzes,
    saved_paths,
    schedules,
    suggestions,
    teams,
    users,
    webhooks,
)

RESOURCES = (
    learning_paths,
    saved_paths,
    suggestions,
    contracts,
    entitlements,
    teams,
    model_choice,
    quizzes,
    jobs,
    webhooks,
    events,
    memories,
    feedback,
    analytics,
    users,
    schedules,
)
