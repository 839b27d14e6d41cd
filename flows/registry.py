"""The stage types there are: the explicit list that ``flows.json`` draws from."""

from collections.abc import Iterable, Mapping

from flows.model import Stage
from flows.stages import (
    candidates_catalogue,
    candidates_collaborative,
    candidates_contracts,
    candidates_errors,
    candidates_memory_bank,
    candidates_pbml,
    candidates_practice,
    candidates_resolutions,
    context_answers,
    context_entitlements,
    context_features,
    context_team,
    explain,
    explain_contracts,
    explain_items,
    filter_entitlements,
    filter_ranked_courses,
    insights_team,
    llm_rerank_qwen3,
    llm_suggest_qwen3,
    path_save,
    path_schedule,
    quiz_compose,
    rank_blend,
    rank_contracts,
    rank_explore,
    rank_rules,
    route_model,
)


def make_registry(stages: Iterable[Stage]) -> Mapping[str, Stage]:
    """Stages by type; raises ValueError when two have the same type."""
    registry: dict[str, Stage] = {}
    for stage in stages:
        if stage.type in registry:
            raise ValueError(f"two stages are called {stage.type}; rename one of them")
        registry[stage.type] = stage
    return registry


STAGES = make_registry(
    (
        context_features.STAGE,
        candidates_catalogue.STAGE,
        candidates_practice.STAGE,
        candidates_resolutions.STAGE,
        candidates_collaborative.STAGE,
        candidates_pbml.STAGE,
        candidates_errors.STAGE,
        candidates_memory_bank.STAGE,
        rank_rules.STAGE,
        rank_blend.STAGE,
        rank_explore.STAGE,
        llm_rerank_qwen3.STAGE,
        llm_suggest_qwen3.STAGE,
        filter_ranked_courses.STAGE,
        path_schedule.STAGE,
        explain.STAGE,
        explain_items.STAGE,
        context_answers.STAGE,
        quiz_compose.STAGE,
        route_model.STAGE,
        context_entitlements.STAGE,
        candidates_contracts.STAGE,
        filter_entitlements.STAGE,
        rank_contracts.STAGE,
        explain_contracts.STAGE,
        context_team.STAGE,
        insights_team.STAGE,
        path_save.STAGE,
    )
)
