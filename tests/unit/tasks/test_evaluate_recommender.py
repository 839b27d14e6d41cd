"""``evaluate recommender``, run as a person runs it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tasks.commands.evaluate_recommender import percentile, recommender


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A course of twelve lessons that five people follow, two lessons each."""
    views = "".join(f"p{p},{p + n},2024-01-0{p + 1} 10:0{n}:00,\n" for p in range(5) for n in range(3))
    lessons = "".join(f'{n},Lesson n{n},"Some\ntext",[],[],N/A,60\n' for n in range(12))
    log, items = tmp_path / "log.csv", tmp_path / "items.csv"
    log.write_text(f"user_id,item_id,created_at,watch_percentage\n{views}", "utf-8")
    items.write_text(f"item_id,name,description,software,theme,difficulty,duration_s\n{lessons}", "utf-8-sig")
    return log, items


def run(*arguments: Path) -> Result:
    return CliRunner().invoke(recommender, [str(argument) for argument in arguments])


def test_the_table_has_every_ranker_and_group(files: tuple[Path, Path]) -> None:
    """One line per ranker and length of history, with five figures each."""
    result = run(*files)

    assert result.exit_code == 0
    lines = re.findall(r"^(\S.*?) +(all|1|2-4|5\+) +(\d+)(?: +\d\.\d{4}){4}$", result.output, re.MULTILINE)
    assert len(lines) == 16
    assert lines[0] == ("hybrid", "all", "5")
    assert lines[2] == ("hybrid", "2-4", "5")


def test_weights_and_times_are_printed(files: tuple[Path, Path]) -> None:
    """What the sources weigh, and how long serving takes in ms over how many requests."""
    result = run(*files)

    assert re.search(r"^2\+: next \d\.\d\d, later ", result.output, re.MULTILINE)
    assert re.search(r"p50 \d+\.\d\d ms, p95 \d+\.\d\d ms over 5 requests", result.output)


def test_a_log_without_a_second_step_is_no_error(files: tuple[Path, Path]) -> None:
    """Nobody can be asked, so all measures are 0 and no times are given."""
    files[0].write_text("user_id,item_id,created_at\np1,1,2024-01-01\n", "utf-8")
    result = run(*files)

    assert result.exit_code == 0
    assert "p95" not in result.output


def test_a_wrong_file_is_an_error_with_its_name(files: tuple[Path, Path]) -> None:
    """What cannot be read is said with file and line."""
    files[0].write_text("user_id,item_id,created_at\np1,1,soon\n", "utf-8")
    assert "log.csv:2: Invalid isoformat" in str(run(*files).exception)
    files[0].write_bytes(b"\xff\xfe\xff")
    assert "log.csv: cannot be read" in str(run(*files).exception)


def test_percentiles_are_values_that_occurred() -> None:
    """Nearest rank: 95 of 100 do not exceed the 95th, and of one value all are it."""
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, percent) for percent in (50, 95, 100)] == [50.0, 95.0, 100.0]
    assert percentile([7.0], 95) == 7.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
