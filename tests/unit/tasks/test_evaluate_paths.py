"""``evaluate paths``, run as a person runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manage import cli

OWN = {
    "skills": [
        {"id": "b", "title": "B", "hours": 2, "prompts": ["Do it."], "prerequisites": ["a"]},
        {"id": "a", "title": "A", "hours": 2, "prompts": ["Do it."]},
    ]
}
TRACK = {
    "slug": "zig",
    "language": "Zig",
    "concepts": [{"slug": "loops", "name": "Loops"}],
    "exercises": {
        "concept": [{"slug": "one", "name": "One", "concepts": ["loops"], "prerequisites": []}],
    },
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", "paths", *map(str, arguments)])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Two skills, in the file the wrong way round."""
    file = tmp_path / "own.json"
    file.write_text(json.dumps(OWN), "utf-8")
    return file


def test_a_catalogue_of_ones_own_is_judged(own: Path) -> None:
    """All figures, the same twice, with nothing violated by ours."""
    result = run(own)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:3] == [
        "own.json: skills 2, prerequisite edges 1",
        "edges violated by an order of all skills:",
        "  ours            0.000",
    ]
    assert lines[4:] == [
        "  alphabetical    0.000",
        "  file order      1.000",
        "paths to every goal and skill in several budgets: 6",
        "  edges violated            0 of 3",
        "  goal closure complete     1.000 (time for all in 6)",
        "  planned but not needed    0",
        "  weeks over budget         0 of 21",
    ]
    assert run(own).output == result.output


def test_a_track_of_exercism_is_recognised(own: Path, tmp_path: Path) -> None:
    """It is read as one, and several files come one after the other; hours are of a concept."""
    track = tmp_path / "config.json"
    track.write_text(json.dumps(TRACK), "utf-8")
    lines = run(own, track).output.splitlines()
    assert lines[11] == ""
    assert lines[12] == "config.json: skills 1, prerequisite edges 0"
    assert lines[20] == "  goal closure complete     1.000 (time for all in 6)"
    assert run(track, "--hours", 50).output.splitlines()[8].endswith("(time for all in 4)")


def test_the_seed_is_that_of_the_random_orders(own: Path) -> None:
    """Another seed changes that one line at most."""
    first, other = run(own).output.splitlines(), run(own, "--seed", 5).output.splitlines()
    assert first[3] != other[3]
    assert [*first[:3], *first[4:]] == [*other[:3], *other[4:]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "bad.json: cannot be read"),
        ("[]", "bad.json: must be an object"),
        ('{"exercises": {}}', "bad.json: is not an Exercism track"),
        ('{"skills": []}', "has no skills"),
    ],
)
def test_a_file_that_cannot_be_used(content: str, says: str, tmp_path: Path) -> None:
    """One line says what is wrong with it."""
    file = tmp_path / "bad.json"
    file.write_text(content, "utf-8")
    result = run(file)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert says in result.output
    assert result.output.count("\n") == 1


def test_a_file_is_needed() -> None:
    """Without one the usage is shown."""
    assert run().exit_code == 2
