"""``route.model``: the language model for a task, with the reasons."""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from flows.catalogue.built_in_models import built_in_models
from flows.catalogue.model_cards import Names
from flows.fingerprint import fingerprint
from flows.intelligence.routing.answer import compose
from flows.intelligence.routing.candidate import Policy, Wish, candidates
from flows.intelligence.routing.choice import Choice, Exploration, Weights, choose
from flows.intelligence.routing.observations import ModelTally
from flows.model import Doc, Param, Stage, StageInput

MOST_NAMES = 200  #: Tasks, or languages, of an organisation's own that are known by name.


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Choose a model by the cards and by what the organisation has observed."""
    request, params = doc["request"], given.params
    registry = built_in_models()
    tallies = given.ports.models.tallies(request["organisation"])
    available = given.ports.models.available()
    wish, assumptions = _understood(
        request,
        registry.tasks.with_more(_most_used((tally.task, tally.uses) for tally in tallies)),
        registry.languages.with_more(_most_used((tally.language, tally.uses) for tally in tallies)),
    )
    choice = choose(
        candidates(
            registry,
            wish,
            tallies,
            percent=params["latencyPercent"],
            timings=given.ports.models.timings(),
        ),
        wish,
        available=available,
        weights=Weights(price=params["priceWeight"], latency=params["latencyWeight"]),
        exploration=_exploration(request, params, tallies),
        percent=params["latencyPercent"],
    )
    if available is None and _untried(choice):
        assumptions.append(
            "Which models are installed is not known, and the selected one was never used here"
        )
    answer = compose(choice, wish, assumptions=assumptions, percent=params["latencyPercent"])
    return {"answer": answer | {"exploration": params["exploration"]}}


def _most_used(names: Iterable[tuple[str | None, int]]) -> list[str]:
    """The names that an organisation uses most: comparing with thousands would take too long."""
    uses: Counter[str] = Counter()
    for name, number in names:
        if name:
            uses[name] += number
    return [name for name, _ in uses.most_common(MOST_NAMES)]


def _understood(request: Mapping[str, Any], tasks: Names, languages: Names) -> tuple[Wish, list[str]]:
    """The wish in names that are known, and what had to be assumed."""
    said: list[str] = []
    policy = request["policy"]
    wish = Wish(
        task=_name("task", request["task"], tasks, said),
        language=_name("language", request["language"], languages, said),
        complexity=request["complexity"],
        latency_budget_ms=request["latencyBudget"],
        prompt_tokens=request["promptTokens"],
        policy=Policy(
            allow=None if policy["allow"] is None else frozenset(policy["allow"]),
            deny=frozenset(policy["deny"]),
            local_only=policy["localOnly"],
            most_usd_per_m_tok=policy["maxPricePerMTok"],
        ),
    )
    return wish, said


def _name(kind: str, asked: str, names: Names, said: list[str]) -> str | None:
    found = names.find(asked)
    if found is None:
        said.append(f"No {kind} like {asked!r} is known; models are judged over every {kind}")
    elif found.casefold() != asked.casefold():
        said.append(f"The {kind} {asked!r} is taken as {found!r}")
    return found


def _exploration(
    request: Mapping[str, Any], params: Mapping[str, Any], tallies: Iterable[ModelTally]
) -> Exploration | None:
    """Drawn anew with every observation that arrives, and equal for equal knowledge."""
    if not params["exploration"]:
        return None
    known = sum(tally.uses for tally in tallies)
    seed = fingerprint(request, str(params["seed"]), str(known))
    return Exploration(Random(seed), params["propensityFloor"])


def _untried(choice: Choice) -> bool:
    if choice.selected is None:
        return False
    candidate = choice.selected.candidate
    return candidate.card.local and not candidate.latency.uses and not candidate.latency.timed


STAGE = Stage(
    type="route.model",
    run=run,
    reads=("request",),
    writes=("answer",),
    params={
        "priceWeight": Param(default=0.01, at_least=0, at_most=10),
        "latencyWeight": Param(default=0.02, at_least=0, at_most=10),
        "latencyPercent": Param(default=90.0, at_least=50, at_most=99.9),
        "exploration": Param(default=False),
        "propensityFloor": Param(default=0.01, at_least=0.001, at_most=0.5),
        "seed": Param(default=0),
    },
)
