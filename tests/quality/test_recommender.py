"""The bar for the recommender, on a public course log (MARS; see data/README.md beside the checkout)."""

from pathlib import Path

import pytest

from flows.intelligence.evaluation.mars import parse_interactions, parse_items
from flows.intelligence.evaluation.recommender import Evaluation, evaluate

DATA = Path(__file__).parents[3] / "shared" / "data" / "interactions"
LOG, ITEMS = DATA / "mars_interactions.csv", DATA / "mars_items.csv"

pytestmark = [
    pytest.mark.skipif(not (LOG.is_file() and ITEMS.is_file()), reason=f"no public course log in {DATA}"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Everybody's newest step held out, everything else trained on."""
    with LOG.open(encoding="utf-8", newline="") as log, ITEMS.open(encoding="utf-8", newline="") as items:
        return evaluate(parse_interactions(log, LOG.name), parse_items(items, ITEMS.name))


def test_the_protocol_is_the_one_of_the_baselines(evaluation: Evaluation) -> None:
    """1,380 people, and popularity scores what the data's own README says."""
    popularity = evaluation.measures["popularity"]["all"]
    assert popularity.people == 1380
    assert popularity.ndcg == pytest.approx(0.080, abs=0.001)
    assert popularity.recall == pytest.approx(0.158, abs=0.001)


def test_the_newest_step_is_told(evaluation: Evaluation) -> None:
    """NDCG@10 of .36 and Recall@10 of .48 over all unseen items."""
    hybrid = evaluation.measures["hybrid"]["all"]
    assert hybrid.ndcg >= 0.36
    assert hybrid.recall >= 0.48


def test_one_item_is_enough_to_beat_content(evaluation: Evaluation) -> None:
    """For people with one item the blend is better than the content of that item."""
    hybrid, content = (evaluation.measures[name]["1"] for name in ("hybrid", "content of the last item"))
    assert hybrid.people == 325
    assert hybrid.ndcg > content.ndcg
    assert hybrid.recall > content.recall


@pytest.mark.parametrize("group", ["all", "1", "2-4", "5+"])
def test_the_blend_beats_each_part(evaluation: Evaluation, group: str) -> None:
    """At every length of history the blend is better than popularity, content or item-kNN alone."""
    hybrid = evaluation.measures["hybrid"][group]
    others = [groups[group] for name, groups in evaluation.measures.items() if name != "hybrid"]
    assert hybrid.ndcg > max(other.ndcg for other in others)
    assert hybrid.recall > max(other.recall for other in others)
