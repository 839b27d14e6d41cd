"""How language models did for the demo organisations: a few weeks of observations of a handful."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from tasks.store.demo_events import at_hour, workdays
from tasks.store.demo_people import ORGANISATIONS

DAYS = 60  #: Working days looked back.
PER_TASK = 16
TASKS = ("code review", "code generation", "debugging", "explanation", "refactoring", "test writing")
LANGUAGES = ("Python", "JavaScript", "TypeScript", "Java", "SQL")
#: What a task of some complexity takes, as a factor on latency, and costs, as quality.
COMPLEXITIES = {"low": (0.8, 0.02), "medium": (1.0, 0.0), "high": (1.15, -0.02)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one model tends to do. ``better`` adds to its quality by task or language."""

    model: str
    latency_ms: float
    quality: float
    better: Mapping[str, float] = field(default_factory=dict)
    cost_usd: float | None = None


PROFILES = (
    Profile(
        model="qwen2.5-coder:7b",
        latency_ms=130,
        quality=0.85,
        better={"Python": 0.06, "code review": 0.05, "debugging": 0.03, "Java": -0.03},
    ),
    Profile(
        model="codellama:13b",
        latency_ms=260,
        quality=0.86,
        better={"code generation": 0.04, "Java": 0.03, "code review": 0.02},
    ),
    Profile(
        model="qwen3:8b",
        latency_ms=190,
        quality=0.87,
        better={"explanation": 0.06, "refactoring": 0.03, "SQL": 0.02},
    ),
    Profile(model="llama3.1:8b", latency_ms=170, quality=0.79, better={"explanation": 0.07}),
    Profile(
        model="deepseek-coder:6.7b",
        latency_ms=120,
        quality=0.81,
        better={"JavaScript": 0.05, "TypeScript": 0.05, "test writing": 0.04},
    ),
    Profile(model="gpt-4o-mini", latency_ms=620, quality=0.93, cost_usd=0.0009),
)


def observation_rows(today: date, seed: str) -> list[dict[str, Any]]:
    """Every observation of every demo organisation with more than a handful of people."""
    days = workdays(today)[-DAYS:]
    return [
        {"organisation_id": organisation.id} | row
        for organisation in ORGANISATIONS
        if len(organisation.people) >= len(PROFILES)
        for profile in PROFILES
        for row in _observed(profile, days, Random(f"{seed}/{organisation.id}/{profile.model}"))
    ]


def _observed(profile: Profile, days: list[date], random: Random) -> Iterator[dict[str, Any]]:
    for task in TASKS:
        for number in range(PER_TASK):
            language, complexity = random.choice(LANGUAGES), random.choice(list(COMPLEXITIES))
            slower, harder = COMPLEXITIES[complexity]
            mean = profile.quality + harder + sum(profile.better.get(name, 0.0) for name in (task, language))
            quality = min(1.0, max(0.0, random.gauss(mean, 0.04)))
            yield {
                "id": f"{profile.model}/{task}/{number}",
                "model": profile.model,
                "task": task,
                "language": language,
                "complexity": complexity,
                "quality": round(quality, 3),
                "latency_ms": round(profile.latency_ms * slower * random.lognormvariate(0.0, 0.12), 1),
                "cost_usd": profile.cost_usd,
                "at": at_hour(random.choice(days), random.uniform(8, 18)),
            }
