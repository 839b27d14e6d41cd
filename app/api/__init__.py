"""The resources of the API, one small module each, in the order in which the documentation shows them."""

from app.api import (
    analytics,
    contracts,
    events,
    feedback,
    jobs,
    learning_paths,
    memories,
    model_choice,
    quizzes,
    saved_paths,
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
)
