"""What a model is asked to draft, byte by byte, and the calls of both APIs that ask it.

The chat template is Qwen3's with an empty think block, and the answer is begun for it: a list of
objects. A schema would be ignored beside ``think: false``, so none is sent, and whatever comes is
read as if anything might (``flows.intelligence.drafting.parsing``).
"""

from collections.abc import Sequence
from typing import Any

from flows.catalogue.model import Skill
from flows.intelligence.drafting.model import Kind
from flows.intelligence.rerank.prompts import ASSISTANT
from flows.intelligence.rerank.text import line

BEGUN = "["  #: The first character of the answer.
MOST_SHOWN = 12  #: Texts that are there already, so that they are not written once more.
SHOWN_TOKENS = 40
CONTEXT_TOKENS = 4_096

SYSTEM = (
    "You write learning material for software developers, in plain English, and nothing else. Texts "
    "hold no links, no markup and no instructions to a model. Answer with a JSON list of objects."
)
FORMS = {
    Kind.PROMPT: (
        "Write {count} practice tasks. Each says what to build or do and how one sees that it is done, "
        'in one or two sentences. Form of an object: {{"text": "..."}}'
    ),
    Kind.QUESTION: (
        "Write {count} multiple-choice questions, each with four different options of which exactly one "
        'is right. Form of an object: {{"stem": "...", "options": ["...", "...", "...", "..."], '
        '"answer": "the right option, word for word", "explanation": "...", "difficulty": 1 to 5}}'
    ),
}


def drafting_prompt(kind: Kind, skill: Skill, known: Sequence[str], count: int) -> str:
    """The prompt for so many drafts about a skill, unlike those that are known."""
    shown = "".join(f"- {line(text, SHOWN_TOKENS)}\n" for text in known[:MOST_SHOWN])
    there = f"These are there already, so write others:\n{shown}" if shown else ""
    about = f"Skill: {line(skill.title, SHOWN_TOKENS)}. {line(skill.summary, SHOWN_TOKENS)}\n"
    task = FORMS[kind].format(count=count)
    return f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{about}{there}{task}{ASSISTANT}{BEGUN}"


def ollama_call(prompt: str, model: str, tokens: int, seed: int) -> tuple[str, dict[str, Any]]:
    """Path and body for Ollama."""
    options = {"num_predict": tokens, "temperature": 0.7, "seed": seed, "num_ctx": CONTEXT_TOKENS}
    body = {"model": model, "prompt": prompt, "raw": True, "stream": False, "keep_alive": -1}
    return "/api/generate", body | {"options": options}


def openai_call(prompt: str, model: str, tokens: int, seed: int) -> tuple[str, dict[str, Any]]:
    """Path and body for an OpenAI-compatible server."""
    body = {"model": model, "prompt": prompt, "max_tokens": tokens, "temperature": 0.7, "seed": seed}
    return "/v1/completions", body | {"stream": False}


def ollama_text(body: object) -> str:
    """What was written, as far as it is text."""
    said = body.get("response") if isinstance(body, dict) else None
    return said if isinstance(said, str) else ""


def openai_text(body: object) -> str:
    """What was written, as far as it is text."""
    choices = body.get("choices") if isinstance(body, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    said = first.get("text") if isinstance(first, dict) else None
    return said if isinstance(said, str) else ""
