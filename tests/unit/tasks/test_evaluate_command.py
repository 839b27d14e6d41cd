"""``manage.py evaluate tracing``, run as a person runs it."""

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manage import cli


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Twenty students with six answers each; an item of two skills comes last."""
    lines = []
    for number in range(20):
        right = number % 2
        lines += [f"{number},{number}", "a,b,c,d,e,e", "1,1,2,2,1,2", f"1,0,1,{right},{right},{right}"]
    file = tmp_path / "answers.csv"
    file.write_text("\n".join(lines))
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", "tracing", *map(str, arguments)])


def test_measures_are_printed(log: Path) -> None:
    """Students, answers, measures of the tracer and of Elo, and the time an answer takes."""
    lines = run(log).output.splitlines()
    assert lines[0] == "students 20, tested 4; answers 120"
    assert lines[1].split() == ["answers", "AUC", "accuracy", "ECE", "log", "loss"]
    assert [line.rsplit(maxsplit=5)[:2] for line in lines[2:6]] == [
        ["tracer", "24"],
        ["tracer without repeats", "20"],
        ["Elo", "24"],
        ["Elo without repeats", "20"],
    ]
    assert lines[6].startswith("microseconds per answer, predict and update: tracer ")
    assert len(lines) == 7


def test_measures_are_the_same_twice(log: Path) -> None:
    """All but the time; another seed gives other measures."""
    first, second, other = (run(log, "--seed", seed).output.splitlines()[:-1] for seed in (7, 7, 8))
    assert first == second != other


def test_gzip_is_read_as_well(log: Path, tmp_path: Path) -> None:
    """A packed file gives what it gives unpacked."""
    packed = tmp_path / "answers.csv.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert run(packed).output.splitlines()[:-1] == run(log).output.splitlines()[:-1]


def test_cross_validation_means_four_rounds(log: Path) -> None:
    """The answers of the rounds are added up, the measures are means."""
    lines = run(log, "--cross-validate").output.splitlines()
    assert lines[0] == "students 20, tested 4, 4, 4, 4; answers 120"
    assert lines[2].split()[:2] == ["tracer", "96"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("short.csv", b"1,1\na\n1\n", "four lines per student"),
        ("few.csv", b"1,1\na\n1\n1\n", "at least 5 people"),
        ("cut.csv.gz", gzip.compress(b"1,1\na\n1\n1\n")[:-4], "cut.csv.gz cannot be read"),
        ("plain.csv.gz", b"1,1\n", "plain.csv.gz cannot be read"),
        ("binary.csv", b"\xff\xfe\x00", "binary.csv cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    """One line says what is wrong with it."""
    (tmp_path / name).write_bytes(content)
    result = run(tmp_path / name)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert says in result.output
    assert result.output.count("\n") == 1
