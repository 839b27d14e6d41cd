"""The command line, run as a person runs it, on a data folder of its own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from manage import cli

EXERCISM = {
    "language": "Kaffee",
    "slug": "kaffee",
    "concepts": [{"slug": "beans", "name": "Beans"}, {"slug": "milk", "name": "Milk"}],
    "exercises": {
        "concept": [
            {
                "slug": "roast",
                "name": "Roast",
                "concepts": ["beans"],
                "prerequisites": [],
                "status": "active",
            },
            {
                "slug": "foam",
                "name": "Foam",
                "concepts": ["milk"],
                "prerequisites": ["beans"],
                "status": "beta",
            },
            {"slug": "art", "name": "Art", "concepts": ["art"], "prerequisites": ["milk"], "status": "wip"},
        ]
    },
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Runs ``manage.py`` with arguments; the environment is the only way to hand it a folder."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    for name in ("REDIS_URL", "DATABASE_URL", "PORT", "HOST", "API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


def test_check_counts_the_built_in_catalogue(run: object) -> None:
    """``catalogue check`` reads every catalogue there is."""
    result = invoke(run, "catalogue", "check")

    assert result.exit_code == 0
    assert result.output.startswith("built-in: 235 skills")


def test_show_skill(run: object) -> None:
    """``catalogue show`` prints a skill with its prerequisites, dependents and prompts."""
    result = invoke(run, "catalogue", "show", "react-hooks")

    assert result.exit_code == 0
    assert "needs: react-fundamentals, javascript-async" in result.output
    assert "react-state-management" in result.output
    assert "prompts:" in result.output


def test_show_goal(run: object) -> None:
    """``catalogue show`` prints a goal with its targets by weight."""
    result = invoke(run, "catalogue", "show", "fullstack")

    assert "Fullstack Developer (goal fullstack)" in result.output
    assert "react-fundamentals" in result.output


def test_show_unknown_name(run: object) -> None:
    """A misspelt name is an error in one line that names what may have been meant."""
    result = invoke(run, "catalogue", "show", "react-hoks")

    assert result.exit_code == 1
    assert "unknown skill 'react-hoks'; nearest: react-hooks" in result.output


def test_import_exercism(run: object, tmp_path: Path) -> None:
    """An Exercism track becomes a catalogue: concepts of active and beta exercises, with one goal."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps(EXERCISM))

    imported = invoke(run, "catalogue", "import", "exercism", str(file), "--as", "kaffee", "--hours", "3")
    shown = invoke(run, "catalogue", "show", "milk", "--catalogue", "kaffee")

    assert imported.output.startswith("kaffee: 2 skills, goals: kaffee\n")
    assert "hours: 3" in shown.output
    assert "needs: beans" in shown.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("{}", "not an Exercism track configuration"),
    ],
)
def test_import_of_something_else(run: object, tmp_path: Path, text: str, said: str) -> None:
    """A file that is no track is refused with its name, and nothing is stored."""
    file = tmp_path / "broken.json"
    file.write_text(text)

    result = invoke(run, "catalogue", "import", "exercism", str(file), "--as", "broken")

    assert result.exit_code == 1
    assert "broken.json" in result.output
    assert said in result.output
    assert "broken" not in invoke(run, "catalogue", "check").output


def test_import_json_with_a_cycle(run: object, tmp_path: Path) -> None:
    """A catalogue that does not hold together is refused with the file and the id."""
    skills = [
        {"id": one, "title": one, "hours": 1, "prerequisites": [other], "prompts": ["Do it."]}
        for one, other in (("a", "b"), ("b", "a"))
    ]
    file = tmp_path / "ours.json"
    file.write_text(json.dumps({"skills": skills}))

    result = invoke(run, "catalogue", "import", "json", str(file), "--as", "ours")

    assert result.exit_code == 1
    assert "ours.json: " in result.output
    assert "form a cycle" in result.output


def test_flows_check(run: object) -> None:
    """``flows check`` shows the stages of each flow."""
    result = invoke(run, "flows", "check")

    lines = result.output.splitlines()
    assert lines[0] == (
        "learning_path: context.features -> candidates.catalogue -> rank.rules -> path.schedule -> explain"
    )
    assert [line.partition(":")[0] for line in lines] == list(
        load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
    )


def test_questions_check(run: object) -> None:
    """``questions check`` counts questions and skills, in all and by area."""
    lines = invoke(run, "questions", "check").output.splitlines()

    assert lines[0] == "408 questions on 161 of 235 skills"
    assert "  python: 34 questions on 12 of 12 skills" in lines


def test_questions_show(run: object) -> None:
    """``questions show`` prints a skill's questions with the right option marked; others are refused."""
    shown = invoke(run, "questions", "show", "git-basics").output
    refused = invoke(run, "questions", "show", "git-basic")

    assert "git-basics-staged-diff (difficulty 2)\n" in shown
    assert "  + git diff --staged\n  - git diff\n" in shown
    assert refused.exit_code == 1
    assert "nearest: git-basics" in refused.output


def test_demo_and_schema(run: object) -> None:
    """Schema and demo data can be brought up to date again and again."""
    assert invoke(run, "db", "upgrade").output.startswith("schema at revision 00")
    first = invoke(run, "demo", "load").output
    assert first.startswith("demo data: 4 organisations, 63 users")
    assert invoke(run, "demo", "reset").output == first


def test_wrong_setting(run: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be used is named in one line."""
    monkeypatch.setenv("PORT", "many")

    result = invoke(run, "up")

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "PORT='many'" in result.output


def test_no_redis(run: object) -> None:
    """A command that needs the running service says how to start it."""
    result = invoke(run, "flows", "history")

    assert result.exit_code == 1
    assert "make up" in result.output


def invoke(run: object, *arguments: str) -> Result:
    result: Result = run(*arguments)  # type: ignore[operator]
    return result
