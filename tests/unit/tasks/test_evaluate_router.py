"""``manage.py evaluate router``, run as a person runs it."""

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manage import cli


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Forty questions that one of three models can answer, and the models' prices."""
    names = ("small", "middle", "large")
    lines = [
        {
            "question": f"question {n} about {names[n % 3]}",
            "task": "ab"[n % 2],
            "scores": {name: float(name == names[n % 3]) for name in names},
        }
        for n in range(40)
    ]
    questions, models = tmp_path / "questions.jsonl", tmp_path / "models.json"
    questions.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    prices = zip(names, (0.1, 0.5, 0.9), strict=True)
    models.write_text(
        json.dumps({name: {"usd_per_million_output": price} for name, price in prices}), "utf-8"
    )
    return questions, models


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", "router", *map(str, arguments)])


def test_points_curve_and_margins_are_printed(files: tuple[Path, Path]) -> None:
    """Four points with score and price, a line per price weight, and how far above the line."""
    lines = run(*files).output.splitlines()
    assert lines[0] == "questions 40; price is the mean of USD per million tokens"
    assert lines[1].split() == ["oracle", "1.0000", "0.490"]
    assert lines[2].split() == ["best", "single", "(small)", "0.3500", "0.100"]
    assert [line.split("  ")[0] for line in lines[3:5]] == ["task table", "task table up to $0.10"]
    assert sum(bool(re.fullmatch(r"[\d.]+ +(\d\.\d{4} +\d\.\d{3} *){2}", line)) for line in lines) == 21
    assert [line.split(" least")[0].rstrip() for line in lines if " least" in line] == [
        "by question",
        "by task",
    ]
    assert lines[-1].startswith("five trainings and all choices: ")


def test_the_same_seed_prints_the_same(files: tuple[Path, Path]) -> None:
    """All but the time."""
    first, second = (run(*files, "--seed", 7).output.splitlines()[:-1] for _ in range(2))
    assert first == second


def test_gzip_is_read_as_well(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A packed file gives what it gives unpacked."""
    packed = tmp_path / "questions.jsonl.gz"
    packed.write_bytes(gzip.compress(files[0].read_bytes()))
    assert run(packed, files[1]).output.splitlines()[:-1] == run(*files).output.splitlines()[:-1]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("few.jsonl", b'{"question": "x", "scores": {"small": 1}}', "at least 10 questions"),
        ("cut.jsonl.gz", gzip.compress(b"{}")[:-4], "cut.jsonl.gz: cannot be read"),
        ("binary.jsonl", b"\xff\xfe\x00", "binary.jsonl: cannot be read"),
        ("wrong.jsonl", b"\n{", "wrong.jsonl:2: "),
    ],
)
def test_a_file_that_cannot_be_used(
    files: tuple[Path, Path], name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    """One line says what is wrong with it."""
    (tmp_path / name).write_bytes(content)
    result = run(tmp_path / name, files[1])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert says in result.output
    assert result.output.count("\n") == 1
