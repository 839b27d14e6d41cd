"""``evaluate errors``, run as a person runs it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tasks.commands.evaluate_errors import errors


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two explanations and a message for each."""
    documents, queries = tmp_path / "documents.json", tmp_path / "queries.json"
    texts = [
        {"id": "zero", "explanation": "You divide by zero."},
        {"id": "key", "explanation": "No such key."},
    ]
    messages = [{"id": "zero", "error": "division by zero"}, {"id": "key", "error": "KeyError: 'key'"}]
    documents.write_text(json.dumps(texts), "utf-8")
    queries.write_text(json.dumps(messages), "utf-8")
    return documents, queries


def run(*arguments: Path) -> Result:
    """The outcome of the command."""
    return CliRunner().invoke(errors, [str(argument) for argument in arguments])


def test_both_rankers_are_in_the_table(files: tuple[Path, Path]) -> None:
    """Three figures each, the ceiling, and how long classifying takes."""
    result = run(*files)
    assert result.exit_code == 0
    assert "2 documents, 2 queries" in result.output
    assert re.search(r"^knowledge base +1\.000 +1\.000 +1\.000$", result.output, re.MULTILINE)
    assert re.search(r"^BM25 +1\.000 +1\.000 +1\.000$", result.output, re.MULTILINE)
    assert "highest R@1 possible, since messages repeat: 1.000" in result.output
    assert re.search(r"over \d+ entries: p95 \d+\.\d\d ms$", result.output, re.MULTILINE)


def test_a_wrong_file_is_an_error_with_its_name(files: tuple[Path, Path]) -> None:
    """What cannot be read is said with the file."""
    files[1].write_bytes(b"\xff\xfe\xff")
    assert "queries.json: cannot be read" in str(run(*files).exception)
    files[0].write_text("{}", "utf-8")
    assert "documents.json: must be a list" in str(run(*files).exception)
