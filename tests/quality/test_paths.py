"""The bar for learning paths, on public catalogues: ``../shared/data`` beside the checkout."""

import json
from pathlib import Path

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.exercism import to_document
from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.evaluation.paths import evaluate

TRACKS = Path(__file__).parents[3] / "shared/data/prerequisites"


def catalogue_named(name: str) -> Catalogue:
    if name == "built-in":
        return built_in_catalogue()
    file = TRACKS / f"exercism-{name}.json"
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    return parse(name, [(file.name, to_document(file.name, json.loads(file.read_text("utf-8"))))])


@pytest.mark.parametrize("name", ["built-in", "python", "javascript", "csharp"])
def test_no_prerequisite_is_violated(name: str) -> None:
    """None in any path, nothing is missing, extra or over budget; the alphabet violates a third."""
    catalogue = catalogue_named(name)
    report = evaluate(catalogue, seed=1)
    assert report.counts.plans == 3 * (len(catalogue.goals) + len(catalogue.skills))
    assert report.counts.edges > 500
    assert report.violations["ours"] == 0.0
    assert (report.counts.violated, report.counts.extra, report.counts.overfull) == (0, 0, 0)
    assert report.counts.complete == report.counts.plans
    assert 0.4 < report.violations["random"] < 0.6
    assert report.violations["alphabetical"] > 0.3
