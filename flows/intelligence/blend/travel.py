"""The ranking in a job's document, in the form that the decision log reads as well."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.ranker.rank import Ranking, from_document, to_document


def ranking_to_fields(ranking: Ranking) -> dict[str, Any]:
    """The fields ``ranking`` (best first, each with id, sources and score) and ``dropped`` (id and rule)."""
    entries = to_document(ranking)["ranked"]
    return {
        "ranking": [
            {"id": entry["item"]["id"], "sources": list(entry["item"]["sources"]), **entry}
            for entry in entries
        ],
        "dropped": [{"id": one.item, "rule": one.rule} for one in ranking.dropped],
    }


def ranking_from_fields(doc: Mapping[str, Any]) -> Ranking:
    """What ``ranking_to_fields`` wrote."""
    dropped = [[entry["id"], entry["rule"]] for entry in doc["dropped"]]
    return from_document({"ranked": doc["ranking"], "dropped": dropped})
