"""From documents to model cards: what is refused, and by what name."""

from copy import deepcopy
from typing import Any

import pytest

from flows.catalogue.built_in_models import built_in_models, read_models
from flows.catalogue.parse_models import parse_models
from flows.errors import CatalogueError

CARD = {
    "id": "small:1b",
    "family": "Small",
    "runsOn": "ollama",
    "parametersB": 1.0,
    "contextTokens": 4096,
    "usdPerMTokIn": 0,
    "usdPerMTokOut": 0,
    "languages": ["Python"],
    "tasks": ["code review"],
    "latencyMs": {"500": 50, "1000": 100},
    "quality": {"overall": 0.6, "tasks": {"code review": 0.7}, "weight": 4, "source": "estimate"},
}
DOCUMENT = {
    "tasks": [{"id": "code review", "also": ["review"]}],
    "languages": [{"id": "Python", "also": ["py"]}],
    "models": [CARD],
}


def refused(document: Any, source: str = "own.toml") -> str:
    """What is said of a document."""
    with pytest.raises(CatalogueError) as caught:
        parse_models([(source, document)])
    return str(caught.value)


def changed(**changes: Any) -> dict[str, Any]:
    """The document with changes to its card; None takes a field away."""
    document: dict[str, Any] = deepcopy(DOCUMENT)
    card = {**document["models"][0], **changes}
    document["models"] = [{name: value for name, value in card.items() if value is not None}]
    return document


def test_a_card_is_read() -> None:
    """Every field of a card is kept, and latencies are in order of the prompt."""
    card = parse_models([("own.toml", changed(latencyMs={"1000": 100, "500": 50}))]).models["small:1b"]
    assert (card.family, card.runs_on, card.parameters_b, card.context_tokens) == ("Small", "ollama", 1, 4096)
    assert (card.languages, card.tasks) == (("Python",), ("code review",))
    assert card.latency_ms == ((500, 50.0), (1000, 100.0))
    assert (card.quality.of("code review"), card.quality.of(None), card.quality.of("x")) == (0.7, 0.6, 0.6)
    assert (card.quality.weight, card.quality.source) == (4, "estimate")


def test_later_documents_add_to_earlier_ones() -> None:
    """Own cards use the names that were there before."""
    own = {"models": [{**CARD, "id": "own:1b"}]}
    assert list(parse_models([("a.toml", DOCUMENT), ("b.toml", own)]).models) == ["small:1b", "own:1b"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"family": " "}, "family must be a text"),
        ({"runsOn": "moon"}, "runsOn must be one of ollama, api"),
        ({"runsOn": ["api"]}, "runsOn must be one of ollama, api"),
        ({"contextTokens": 0}, "contextTokens must be a number from 1"),
        ({"contextTokens": True}, "contextTokens must be a number from 1"),
        ({"usdPerMTokIn": -1}, "usdPerMTokIn must be a number from 0"),
        ({"usdPerMTokOut": float("nan")}, "usdPerMTokOut must be a number from 0"),
        ({"languages": ["Pyton"]}, "languages has 'Pyton'; there are: Python"),
        ({"tasks": "code review"}, "tasks must be a list of texts"),
        ({"latencyMs": {}}, "latencyMs must map tokens"),
        ({"latencyMs": {"many": 5}}, "by whole numbers of tokens"),
        ({"latencyMs": {"500": 0}}, "latencyMs must be a number from 0.001"),
        ({"latencyMs": {"500": 50, "1000": 40}}, "must not fall"),
        ({"quality": None}, "must be an object"),
        ({"quality": {**CARD["quality"], "overall": 1.5}}, "overall must be a number from 0 to 1"),
        ({"quality": {**CARD["quality"], "weight": 1000}}, "weight must be a number from 0.1 to 20"),
        ({"quality": {**CARD["quality"], "source": ""}}, "source must be a text"),
        ({"quality": {**CARD["quality"], "tasks": {"cooking": 0.5}}}, "quality.tasks has 'cooking'"),
        ({"quality": {**CARD["quality"], "tasks": {"code review": 2}}}, "quality of code review"),
    ],
)
def test_a_wrong_card_is_refused(changes: dict[str, Any], says: str) -> None:
    """The message has the file, the id of the card, and what is wrong."""
    message = refused(changed(**changes))
    assert message.startswith("own.toml: small:1b: ")
    assert says in message


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "own.toml: has no models"),
        ({"modells": []}, "own.toml: unknown field 'modells'"),
        ({"models": {}}, "own.toml: models: must be a list"),
        ({"models": [3]}, "own.toml: a model: must be an object"),
        ({"models": [{}]}, "own.toml: a model: id must be a text"),
        ({**DOCUMENT, "models": [CARD, CARD]}, "own.toml: small:1b: duplicate id"),
        (
            {**DOCUMENT, "tasks": [{"id": "a", "also": ["b"]}, {"id": "B"}]},
            "own.toml: B: 'B' already means 'a'",
        ),
    ],
)
def test_a_wrong_document_is_refused(document: Any, says: str) -> None:
    """What holds for the whole is said with the file alone, or the id that it is about."""
    assert refused(document).startswith(says)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Any) -> None:
    """The message names the file."""
    (tmp_path / "models.toml").write_text("= 3")
    with pytest.raises(CatalogueError, match=r"^models\.toml: "):
        read_models(tmp_path / "models.toml")


def test_the_built_in_cards() -> None:
    """The models of the sample are there; estimates say that they are, and count for little."""
    cards = built_in_models().models
    assert {"qwen2.5-coder:7b", "codellama:13b", "gpt-4o-mini"} <= cards.keys()
    assert len(cards) >= 17
    assert all(card.quality.source.startswith("estimate") for card in cards.values())
    assert {card.quality.weight for card in cards.values()} == {4}
    assert all(card.local == (card.usd_per_m_tok == 0) for card in cards.values())
    assert cards["gpt-4o-mini"].usd_per_m_tok == pytest.approx(0.2625)
