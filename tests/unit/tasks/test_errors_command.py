"""``manage.py errors``, run as a person runs it."""

from click.testing import CliRunner

from tasks.commands.errors import errors


def run(*arguments: str) -> str:
    """The output of a command that ends well."""
    result = CliRunner().invoke(errors, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_match_is_printed_with_cause_and_prompts() -> None:
    """Score, title and id first, then the parts, the cause, the prompts and what to review."""
    lines = run("classify", "KeyError: 'user'", "--context", "a python dict", "--most", "1").splitlines()
    assert lines[0].endswith("Key that a dict does not have (python-key-error)")
    assert lines[1].strip().startswith("pattern 0.7")
    assert lines[1].endswith("language 1")
    assert lines[2].strip().startswith("The dict has no such key")
    assert (
        "      - Use data.get('user') and decide what a missing key means here, instead of data['user']."
        in lines
    )
    assert lines[-1] == "      review: python-basics, json-and-data-formats"


def test_a_message_that_nothing_fits_says_so() -> None:
    """No match is no error."""
    assert run("classify", "what a lovely day") == "nothing fits this message\n"


def test_check_counts_what_there_is() -> None:
    """Errors in all, and by topic."""
    lines = run("check").splitlines()
    total = int(lines[0].split()[0])
    assert total >= 160
    assert sum(int(line.rpartition(": ")[2]) for line in lines[1:]) == total
