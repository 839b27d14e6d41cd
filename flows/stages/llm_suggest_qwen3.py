"""``llm.suggest.qwen3``: prompts or questions about a skill, drafted by a language model.

Never while a person waits: a draft takes seconds. What passes the checks is kept until somebody has
looked at it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from config.queues import BATCH, LLM, REFINE
from flows.catalogue.model import Catalogue
from flows.catalogue.nearest import nearest
from flows.catalogue.question_bank import built_in_questions
from flows.errors import InvalidInput, RerankFailed, UnknownName
from flows.intelligence.drafting.checking import draft_from
from flows.intelligence.drafting.model import Draft, Kind
from flows.intelligence.drafting.parsing import objects_in
from flows.intelligence.drafting.prompts import BEGUN, drafting_prompt
from flows.intelligence.rerank.port import Outcome
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """The answer: how many drafts are new, those, and how many were left out for which reason.

    Raises RerankFailed, UnknownName and PortUnavailable.
    """
    request, ports = doc["request"], given.ports
    organisation, kind = request["organisation"], Kind(request["kind"])
    catalogue = ports.catalogues.get(organisation, request["catalogue"])
    skill = catalogue.skills.get(request["skill"])
    if skill is None:
        raise UnknownName("skill", request["skill"], nearest(request["skill"], catalogue.skills))
    known = [*_in_catalogue(catalogue, kind, skill.id), *ports.drafts.headlines(organisation, kind, skill.id)]
    prompt = drafting_prompt(kind, skill, known, given.params["count"])
    deadline = given.deadline.sooner(given.params["limitMs"])
    written = ports.writer.write(prompt, given.params["tokens"], deadline)
    kept, refused = _sorted_out(kind, skill.id, objects_in(BEGUN + written.text), known)
    if not kept and not refused:
        raise RerankFailed(Outcome.MALFORMED, "the model wrote nothing that can be read")
    stored = ports.drafts.add(organisation, kept, written.model)
    return {
        "answer": {
            "skill": skill.id,
            "kind": str(kind),
            "model": written.model,
            "stored": stored,
            "drafts": [{"draft": draft.id, "text": draft.headline} for draft in kept],
            "refused": dict(refused),
        }
    }


def _in_catalogue(catalogue: Catalogue, kind: Kind, skill: str) -> Sequence[str]:
    if kind is Kind.PROMPT:
        return catalogue.skills[skill].prompts
    return [question.stem for question in built_in_questions().of(skill)]


def _sorted_out(
    kind: Kind, skill: str, objects: Sequence[Mapping[str, Any]], known: Sequence[str]
) -> tuple[list[Draft], Counter[str]]:
    """What may be kept, and how much else there was, by reason; no two of one answer are alike."""
    kept: list[Draft] = []
    refused: Counter[str] = Counter()
    for said in objects:
        try:
            kept.append(draft_from(kind, skill, said, [*known, *(draft.headline for draft in kept)]))
        except InvalidInput as reason:
            refused[str(reason)] += 1
    return kept, refused


STAGE = Stage(
    type="llm.suggest.qwen3",
    run=run,
    reads=("request",),
    writes=("answer",),
    queue=LLM,
    lanes=(REFINE, BATCH),
    params={
        "count": Param(default=4, at_least=1, at_most=10),
        "tokens": Param(default=900, at_least=50, at_most=3_000),
        "limitMs": Param(default=40_000, at_least=1_100, at_most=50_000),
    },
)
"""Parameters: how many drafts are asked for, in how many tokens at most, and within how many ms."""
