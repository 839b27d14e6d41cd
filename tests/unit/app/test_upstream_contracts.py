"""The contracts in ``docs/upstreams``: what is served, in a form that people read."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.upstreams.contracts import FOLDER, contract, contracts, served
from app.upstreams.yaml_text import yaml_text
from tasks.store.in_memory_memories import InMemoryMemories
from tests.fakes.service import memory_app

PATHS = {
    "memory-service.yaml": ["/v1/memories", "/v1/recall", "/v1/memories/read", "/v1/memories/forget"],
    "entitlements.yaml": ["/organisations/{organisation}/entitlements"],
    "pbml-service.yaml": ["/v1/candidates", "/v1/resolutions"],
}


@pytest.fixture
def app() -> Flask:
    """A memory service."""
    return memory_app(InMemoryMemories())


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


@pytest.mark.parametrize("name", list(PATHS))
def test_the_file_is_what_is_served(name: str) -> None:
    """After a change of a schema, ``python -m app.upstreams.contracts`` writes the files anew."""
    text = (FOLDER / name).read_text("utf-8")
    assert text == contracts()[name]
    assert re.findall(r'^  "?(/[^\s"]+)"?:$', text, re.M) == PATHS[name]


def test_there_is_no_other_contract() -> None:
    """Every contract in the folder is one that is served."""
    assert {path.name for path in FOLDER.glob("*.yaml")} == contracts().keys()


def test_nothing_of_the_document_is_left_out(app: Flask) -> None:
    """The file has every part of what is served, and every reference in it leads somewhere."""
    document = served(app)
    head = re.findall(r"^(\w+):", contract(document), re.M)
    assert sorted(head) == sorted(document)
    found = set(references(document))
    assert "#/components/schemas/MemoryDocument" in found
    for reference in found:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_a_token_may_be_asked_for(app: Flask) -> None:
    """Whether it is depends on the installation: both are described."""
    document = served(app)
    assert document["security"] == [{"token": []}, {}]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_yaml() -> None:
    """Blocks for what is inside, JSON for the rest; keys that YAML would read otherwise are quoted."""
    document = {
        "plain": 'a "b": #c\n',
        "200": [1, 2.5, None, True],
        "on": {},
        "$ref": [],
        "deep": [{"x": 1, "y": [[2, 3], "é"]}, {}],
    }
    assert yaml_text(document) == (
        'plain: "a \\"b\\": #c\\n"\n'
        '"200":\n'
        "  - 1\n"
        "  - 2.5\n"
        "  - null\n"
        "  - true\n"
        '"on": {}\n'
        "$ref: []\n"
        "deep:\n"
        "  - x: 1\n"
        '    "y":\n'
        "      - - 2\n"
        "        - 3\n"
        '      - "é"\n'
        "  - {}\n"
    )
