"""The resources of the API, one small module each, in the order in which the documentation shows them."""

from app.api import (
    analytics,
    batches,
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
    batches,
    events,
    memories,
    feedback,
    analytics,
    users,
)
