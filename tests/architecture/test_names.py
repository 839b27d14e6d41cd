"""Names that are written once: keys, metrics, settings, and the paths that the README names."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from prometheus_client.metrics import MetricWrapperBase

from config import keys, metrics
from config.settings import Settings

REPOSITORY = Path(__file__).parents[2]
LAYERS = ("app", "tasks", "flows", "config")
MODULES = [path for layer in LAYERS for path in sorted((REPOSITORY / layer).rglob("*.py"))]
SCRIPTS = sorted((REPOSITORY / "tasks").rglob("*.lua"))

#: How keys begin, as ``config.keys`` and the clients of the stores know them. A text for people
#: has a space after a colon, a key never.
KEY = re.compile(rf"({re.escape(keys.PREFIX)}|(user|org|rec|session|flows):)(?!\s)")
METRIC_TYPES = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}


def name_of(path: Path) -> str:
    """The path as it is shown: from the repository on."""
    return path.relative_to(REPOSITORY).as_posix()


def keys_in(source: str) -> Iterator[str]:
    """The texts in a source that begin as a key does, also those that an f-string begins with."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.match(node.value):
            yield node.value


def metrics_in(source: str) -> Iterator[str]:
    """The metric types that a source takes from prometheus_client."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prometheus_client"):
            yield from (alias.name for alias in node.names if alias.name in METRIC_TYPES)
        elif isinstance(node, ast.Attribute) and node.attr in METRIC_TYPES:
            yield ast.unparse(node)


@pytest.mark.parametrize("path", [path for path in MODULES if path != Path(keys.__file__)], ids=name_of)
def test_no_key_is_written_elsewhere(path: Path) -> None:
    """Keys of Redis are made in config/keys.py only."""
    assert list(keys_in(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_is_given_its_keys(path: Path) -> None:
    """No Lua script knows a key by heart."""
    assert re.findall(rf"""["']{KEY.pattern}""", path.read_text("utf-8")) == []


def test_keys_are_recognised() -> None:
    """What is looked for is found: keys, also in f-strings, and no text for people."""
    source = 'a = "lsvc:x"\nb = f"user:{a}:features"\nc = "flows: version 1"\nd = f"{a}: user:"\ne = "users:"'
    assert list(keys_in(source)) == ["lsvc:x", "user:"]
    assert len(list(keys_in(Path(keys.__file__).read_text("utf-8")))) >= 4


@pytest.mark.parametrize("path", [path for path in MODULES if path != Path(metrics.__file__)], ids=name_of)
def test_no_metric_is_made_elsewhere(path: Path) -> None:
    """Metrics of Prometheus are made in config/metrics.py only."""
    assert list(metrics_in(path.read_text("utf-8"))) == []


def test_metrics_are_recognised() -> None:
    """What is looked for is found, however it is imported."""
    source = (
        "from prometheus_client import Gauge, REGISTRY\nimport prometheus_client as p\np.Counter('a', 'b')"
    )
    assert list(metrics_in(source)) == ["Gauge", "p.Counter"]
    assert set(metrics_in(Path(metrics.__file__).read_text("utf-8"))) == {"Counter", "Gauge", "Histogram"}


def test_metrics_are_named_alike() -> None:
    """Every metric is the service's by its name, and says what it measures."""
    made = {name: m for name, m in vars(metrics).items() if isinstance(m, MetricWrapperBase)}
    assert made
    described = [metric for collector in made.values() for metric in collector.describe()]
    assert [m.name for m in described if not m.name.startswith("learning_")] == []
    assert [m.name for m in described if not m.documentation.endswith(".")] == []


class AskedFor(dict[str, str]):
    """An empty environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Nothing is set."""
        self.names.add(name)
        return default


def documented() -> dict[str, str]:
    """The variables of .env.example with their values; its lines are switched off by a #."""
    text = (REPOSITORY / ".env.example").read_text("utf-8")
    switched_on = re.sub(r"^#\s*(?=[A-Z_]+=)", "", text, flags=re.M)
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(switched_on)).items()}


def test_every_setting_is_documented() -> None:
    """.env.example has a line for each variable that the settings are made from, and no other."""
    env = AskedFor()
    Settings.from_env(env)
    assert len(env.names) == len(fields(Settings))
    assert documented().keys() == env.names


def test_the_documented_values_are_the_defaults() -> None:
    """Whoever switches on all of .env.example has the service as it is without."""
    assert Settings.from_env(documented()) == Settings.from_env({})


#: Where a path of ours may begin; what a run leaves behind (.data, .venv) is none.
FOLDERS = r"(?:app|tasks|flows|config|tests|docs|docker|k8s|\.ci)"
PATHS = (
    re.compile(rf"(?<![\w./:<-])({FOLDERS}/(?:[\w.-]+/)*(?:[\w.-]*\w)?)"),
    re.compile(r"\]\((?!\w+:|#)([^)#\s]+)"),
    re.compile(r"`((?:Makefile|\.env\.example|[\w-]+\.(?:py|md|toml|txt)))`"),
)


def paths_in(text: str) -> set[str]:
    """The paths of files and folders that a text in Markdown names."""
    return {found for pattern in PATHS for found in pattern.findall(text)}


def exists(path: str) -> bool:
    """True when a path is there, from the repository on or, for a bare name, in some folder of ours."""
    if "/" not in path.rstrip("/") and not (REPOSITORY / path).exists():
        return any(path in (found.name for found in (REPOSITORY / layer).rglob("*")) for layer in LAYERS)
    return (REPOSITORY / path).exists()


def test_the_readme_names_what_exists() -> None:
    """Every path in the README is there."""
    named = paths_in((REPOSITORY / "README.md").read_text("utf-8"))
    assert named
    assert sorted(path for path in named if not exists(path)) == []


def test_paths_are_recognised() -> None:
    """Paths are found in text, code and links; addresses, endpoints and placeholders are none."""
    text = (
        "See `flows/stages/<name>.py`, `tasks/clients/`, config/keys.py. [Here](docs/a.md#top), [](b.md),\n"
        "[web](https://example.com/app/x.py), `manage.py`, `/api/jobs`, `python manage.py up`.\n"
    )
    expected = {"flows/stages/", "tasks/clients/", "config/keys.py", "docs/a.md", "b.md", "manage.py"}
    assert paths_in(text) == expected
    assert [exists(p) for p in ("config/keys.py", "keys.py", "config/", "config/none.py", "none.py")] == [
        True,
        True,
        True,
        False,
        False,
    ]
