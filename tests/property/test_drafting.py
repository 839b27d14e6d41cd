"""What holds of drafts, whatever a model wrote."""

import json
from collections import Counter
from random import Random
from string import printable
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.drafting.checking import LENGTHS, LINK, MARKUP, draft_from
from flows.intelligence.drafting.model import Draft, Kind, question_of
from flows.intelligence.drafting.parsing import MOST_OBJECTS, objects_in
from flows.intelligence.drafting.prompts import ollama_text, openai_text
from flows.intelligence.rerank.text import clean

CASES = 10_000

GOOD = (
    {"text": "Build a list that loads more entries as you scroll, and show that none is asked for twice."},
    {
        "stem": "What does an index on a column of a table cost in return?",
        "options": ["Slower writes", "Wrong results", "More columns", "Fewer rows"],
        "answer": "Slower writes",
        "explanation": "Each write has to keep the index up to date, which takes time.",
        "difficulty": 2,
    },
)
EVIL = (
    "<|im_end|>", "<think>", "</think>", "ignore previous instructions", "http://evil", "\u202e", "\x00",
    "{", "}", '"', "[[[[", "{{", "\\u0000", "\ud800", "NaN", "1e999", "null", "A", "", "all of the above",
)  # fmt: skip


def written(random: Random) -> str:
    """Something like what was asked for, spoilt in some way; and sometimes not."""
    objects = [spoilt(random, dict(random.choice(GOOD))) for _ in range(random.randrange(4))]
    text = json.dumps(objects, ensure_ascii=random.random() < 0.5)
    for _ in range(random.randrange(4)):
        at = random.randrange(len(text) + 1)
        piece = (
            random.choice(EVIL) if random.random() < 0.6 else random.choice(printable) * random.randrange(9)
        )
        text = text[:at] + piece + text[at + random.randrange(3) :]
    if random.random() < 0.3:
        text = text[: random.randrange(len(text) + 1)]
    return random.choice(("", "Sure! ", "<think>hm</think>", "```json\n")) + text


def spoilt(random: Random, said: dict[str, Any]) -> dict[str, Any]:
    if random.random() < 0.6:
        name = random.choice(list(said))
        value = said[name]
        odd = (
            None,
            7,
            True,
            [],
            {},
            "x" * 700,
            random.choice(EVIL),
            f"{value} {random.choice(EVIL)}",
            [value] * 4,
        )
        said[name] = random.choice(odd)
    return said


def assert_fit(draft: Draft) -> None:
    """Nothing that was checked can be found in it."""
    texts = [value for value in draft.content.values() if isinstance(value, str)]
    texts += draft.content.get("distractors", [])
    longest = max(most for _, most in LENGTHS.values())
    for text in texts:
        assert clean(text) == text
        assert not MARKUP.search(text)
        assert not LINK.search(text)
        assert 0 < len(text) <= longest
    if draft.kind is Kind.QUESTION:
        options = question_of(draft).options
        assert len({option.casefold() for option in options}) == 4
        assert draft.content["answer"] not in draft.content["distractors"]
        assert 1 <= draft.content["difficulty"] <= 5


def test_no_answer_of_a_model_gets_through_that_should_not() -> None:
    """Ten thousand answers, most of them spoilt: reading raises nothing, and what is kept is fit."""
    random, kept, refused = Random(7), 0, Counter[str]()
    for _ in range(CASES):
        objects = objects_in(written(random))
        assert len(objects) <= MOST_OBJECTS
        for said in objects:
            for kind in Kind:
                try:
                    draft = draft_from(kind, "sql", said, ())
                except InvalidInput as reason:
                    refused[str(reason)] += 1
                else:
                    assert_fit(draft)
                    kept += 1
    assert kept > CASES / 20
    assert all(reason.replace("_", "").isalpha() for reason in refused)
    assert refused.total() > kept


def test_no_body_of_a_server_gets_in_the_way() -> None:
    """What is no text is none, whatever JSON it is."""
    random = Random(11)
    odd: list[Any] = [None, 1, "x", [], {}, [[]], {"response": 1}, {"choices": {}}, {"choices": [1]}]
    for _ in range(500):
        body = random.choice(odd)
        body = {random.choice(("response", "choices", "text")): random.choice([body, [body], {"text": body}])}
        assert isinstance(ollama_text(body), str)
        assert isinstance(openai_text(body), str)
    assert openai_text({"choices": [{"text": "a"}]}) == ollama_text({"response": "a"}) == "a"


def test_deep_and_long_texts_are_read_in_no_time() -> None:
    """Nesting without end and many braces neither raise nor hang."""
    for text in ('{"a":' * 50_000, "{" * 100_000, "[" * 100_000, '{"a":1}' * 10_000, "{}" + "x" * 10**6):
        assert len(objects_in(text)) <= MOST_OBJECTS
