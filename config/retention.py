"""How long rows of each table of the durable store are kept."""

#: Days; None is for as long as what they are about. What is deleted with another row (a batch's
#: members with the batch) has no days of its own.
DAYS_KEPT: dict[str, int | None] = {
    "api_keys": None,
    "batch_members": None,
    "batches": 30,
    "catalogues": None,
    "contracts": 730,
    "decisions": 180,
    "entitlement_states": None,
    "drafts": None,
    "events": 400,
    "experiments": None,
    "flags": None,
    "learning_paths": 730,
    "mastery": None,
    "memories": 730,
    "memory_indexes": None,
    "memory_vectors": None,
    "model_observations": 180,
    "model_timings": None,
    "organisations": None,
    "outcomes": 180,
    "seats": None,
    "shared_models": None,
    "team_members": None,
    "teams": None,
    "trained_models": None,
    "training_completions": None,
    "trainings": None,
    "users": None,
    "webhook_deliveries": 30,
    "webhook_disabled": None,
    "webhook_secrets": None,
}

#: Rows deleted in one transaction: a sweep must not keep writers waiting.
SWEEP_BATCH = 1000
