"""Documents of error patterns, and what is refused in them."""

from typing import Any

import pytest

from flows.catalogue.error_patterns import ErrorPattern, parse_error_patterns
from flows.errors import CatalogueError

TOPIC = {"id": "shell", "title": "Shell", "language": "bash"}
SKILLS = ("command-line", "debugging-basics")


def entry(**changes: Any) -> dict[str, Any]:
    """An entry with everything that is needed."""
    plain = {
        "id": "shell-not-found",
        "title": "Command that is not there",
        "patterns": ["(?P<command>[a-z]{1,40}): command not found"],
        "keywords": ["PATH"],
        "cause": "No folder of PATH has it.",
        "prompts": ["Install {command|the command}.", "Print PATH, and add the folder of {command|it}."],
        "skills": ["command-line"],
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def parsed(*entries: dict[str, Any], topic: Any = TOPIC) -> tuple[ErrorPattern, ...]:
    """The entries of one file."""
    return parse_error_patterns([("shell.toml", {"topic": topic, "errors": list(entries)})], SKILLS)


def test_an_entry_is_read() -> None:
    """Topic and language come from the head of the file."""
    (found,) = parsed(entry(note="Review PATH."))
    assert (found.id, found.topic, found.language, found.note) == (
        "shell-not-found",
        "shell",
        "bash",
        "Review PATH.",
    )
    assert found.skills == ("command-line",)


def test_an_entry_may_have_a_language_of_its_own() -> None:
    """What an entry says goes before the head of the file."""
    assert parsed(entry(language="any"))[0].language == "any"


def test_prompts_are_filled_from_groups() -> None:
    """A group's text stands in the slot; a group that found nothing leaves the fallback."""
    (found,) = parsed(entry())
    assert found.filled_prompts({"command": "jq"})[0] == "Install jq."
    assert found.filled_prompts({})[1] == "Print PATH, and add the folder of it."


def test_code_in_braces_is_no_slot() -> None:
    """Only braces with a bar are filled."""
    (found,) = parsed(entry(prompts=["useEffect(() => {...}, [id])", "{user.name}"]))
    assert found.filled_prompts({}) == ("useEffect(() => {...}, [id])", "{user.name}")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"patterns": ["a+"]}, "pattern 'a\\+' repeats without a bound"),
        ({"patterns": ["("]}, "is no regular expression"),
        ({"patterns": []}, "at least one pattern"),
        ({"skills": []}, "at least one pattern and one skill"),
        ({"prompts": ["one"]}, "has 1 prompts, at least two"),
        ({"skills": ["comand-line"]}, "unknown skill 'comand-line'; nearest: command-line"),
        ({"confusable": ["shell-gone"]}, "unknown confusable error 'shell-gone'"),
        ({"prompts": ["{name|x}", "b"]}, r"slot \{name\|x\} is a group of none"),
        ({"cause": " "}, "cause must be a text"),
        ({"title": None}, "title must be a text"),
        ({"keywords": "PATH"}, "keywords must be a list of texts"),
        ({"id": "Shell not found"}, "lower-case words joined by hyphens"),
        ({"causes": "x"}, "unknown field 'causes'; there are: cause, confusable"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_and_id(changes: dict[str, Any], reason: str) -> None:
    """The message names the file, the id and what is wrong."""
    with pytest.raises(CatalogueError, match=reason) as caught:
        parsed(entry(**changes))
    assert caught.value.source == "shell.toml"
    assert caught.value.item == changes.get("id", "shell-not-found")


def test_a_duplicate_id_is_refused() -> None:
    """Also across files; the message names both."""
    files = [(name, {"topic": TOPIC, "errors": [entry()]}) for name in ("a.toml", "b.toml")]
    with pytest.raises(CatalogueError, match=r"^b\.toml: shell-not-found: duplicate id, also in a\.toml$"):
        parse_error_patterns(files, SKILLS)


@pytest.mark.parametrize("topic", [None, {"id": "x"}, {**TOPIC, "area": "y"}])
def test_a_wrong_head_is_refused(topic: Any) -> None:
    """The head of a file needs id, title and language, and nothing else."""
    with pytest.raises(CatalogueError, match=r"^shell\.toml: topic"):
        parsed(entry(), topic=topic)


def test_groups_that_differ_by_an_underscore_fill_one_slot() -> None:
    """A regular expression has each name once, and two alternatives may find the same thing."""
    (found,) = parsed(entry(patterns=["(?P<command_>[a-z]{1,9}): not found"]))
    assert found.filled_prompts({"command": "ls"})[0] == "Install ls."
