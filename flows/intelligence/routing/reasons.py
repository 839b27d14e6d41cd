"""Why this model and not another: sentences from the figures that decided, and from no others."""

from collections.abc import Sequence
from math import ceil

from flows.intelligence.routing.candidate import Candidate, Wish
from flows.intelligence.routing.choice import Choice, Judged, Utility

SPECIALISED = 0.02  #: How far a language must lie above the model's overall quality to be named.
NEARLY_AS_GOOD = 0.01
ALIKE = 0.0005  #: Nobody sees a difference below.
WORTH_WAITING = 2.0  #: Models that need more than so many budgets are not proposed.


def factors(choice: Choice, wish: Wish, percent: float = 90.0) -> list[str]:
    """What spoke for the selected model; empty when there is none."""
    if choice.selected is None:
        return []
    found = choice.selected.candidate
    said = []
    if wish.language and found.quality.language >= found.quality.overall + SPECIALISED:
        of = "" if found.quality.judged_language else " (by its card)"
        said.append(f"{wish.language} specialization: HIGH{of}")
    said.append(_latency(found, percent))
    said.append(_accuracy(found, wish))
    if any(_costs_more_than_it_gives(other.utility, choice.selected.utility) for other in _fitting(choice)):
        said.append(f"Price: {money(found)} per million tokens")
    if not choice.best:
        said.append(f"Exploration: drawn with probability {choice.propensity:.2f} to learn how it does")
    return said


def _latency(found: Candidate, percent: float) -> str:
    return f"Latency: {ceil(found.latency.high_ms)}ms ({found.latency.basis(percent)}, within budget)"


def _accuracy(found: Candidate, wish: Wish) -> str:
    here, task = found.quality, wish.task or "any task"
    of = f"{here.judged} observations, {here.judged_here} of this kind" if here.judged else "estimated"
    return f"Accuracy for {task}: {here.here.mean:.2f} ({of})"


def _costs_more_than_it_gives(other: Utility, selected: Utility) -> bool:
    return other.quality > selected.quality and other.price > selected.price


def reason_not_selected(other: Judged, choice: Choice) -> str:
    """The limits that a model breaks, else what its utility lost by."""
    if other.broken or choice.selected is None:
        return "; ".join(broken.reason for broken in other.broken)
    mine, best = other.utility, choice.selected.utility
    quality = _qualities(mine.quality, best.quality)
    if mine.value > best.value:
        return f"{quality}; the selected model was drawn to learn how it does"
    lost = {
        "price": mine.price - best.price,
        "latency": mine.latency - best.latency,
        "quality": best.quality - mine.quality,
    }
    most = max(lost, key=lambda part: lost[part])
    if lost[most] < ALIKE:
        return f"{quality}, and as fast and as cheap: equals go by price, latency and name"
    if most == "quality":
        return quality
    against = _against(other.candidate, choice.selected.candidate, most)
    if mine.quality > best.quality + ALIKE:
        return f"{quality} does not outweigh {against}"
    return f"{quality}, and {against}"


def _against(other: Candidate, selected: Candidate, part: str) -> str:
    if part == "price":
        return f"{money(other)} against {money(selected)} per million tokens"
    return f"{other.latency.mean_ms:.0f}ms against {selected.latency.mean_ms:.0f}ms"


def _qualities(mine: float, best: float) -> str:
    if abs(mine - best) < ALIKE:
        return f"Equal expected quality of {best:.2f}"
    return f"Expected quality {_apart(mine, best)}"


def _apart(mine: float, best: float) -> str:
    """Two figures with as many digits as it takes to see which is more."""
    digits = 2 if f"{mine:.2f}" != f"{best:.2f}" else 3
    return f"{mine:.{digits}f} against {best:.{digits}f}"


def money(found: Candidate) -> str:
    """The price of a million tokens, three in for one out."""
    price = found.card.usd_per_m_tok
    return f"${price:.2f}" if price else "$0"


def optimization(choice: Choice, wish: Wish) -> str | None:
    """What would serve better or cost less, None when nothing would."""
    if choice.selected is None:
        return _to_fit(choice, wish)
    return _saving(choice, choice.selected) or _better_with_more_time(choice, choice.selected, wish)


def _saving(choice: Choice, selected: Judged) -> str | None:
    """A cheaper model that is nearly as good."""
    price, quality = selected.candidate.card.usd_per_m_tok, selected.utility.quality
    near = [one for one in _fitting(choice) if one.utility.quality >= quality - NEARLY_AS_GOOD]
    cheaper = [one for one in near if one.candidate.card.usd_per_m_tok < price]
    if not cheaper:
        return None
    other = min(cheaper, key=lambda one: one.candidate.card.usd_per_m_tok).candidate
    saved = 1 - other.card.usd_per_m_tok / price
    return (
        f"{other.card.id} saves {saved:.0%} of the price at an expected quality of"
        f" {_apart(other.quality.here.mean, quality)}"
    )


def _better_with_more_time(choice: Choice, selected: Judged, wish: Wish) -> str | None:
    """A better model that only time keeps out."""
    gained = [
        one
        for one in choice.others
        if [broken.limit for broken in one.broken] == ["latency"]
        and one.broken[0].excess <= WORTH_WAITING
        and one.utility.quality > selected.utility.quality + NEARLY_AS_GOOD
        and one.candidate.quality.judged
    ]
    if not gained:
        return None
    best = max(gained, key=lambda one: one.utility.quality)
    return (
        f"With {ceil(best.candidate.latency.high_ms)}ms instead of {wish.latency_budget_ms:.0f}ms"
        f" {best.candidate.card.id} fits: expected quality"
        f" {_apart(best.utility.quality, selected.utility.quality)}"
    )


def nearest_miss(others: Sequence[Judged]) -> Judged | None:
    """The model that breaks the fewest limits, and those by the least; None without any model."""
    return min(
        others,
        key=lambda one: (
            len(one.broken),
            any(broken.limit in ("policy", "availability", "task") for broken in one.broken),
            max(broken.excess for broken in one.broken),
            -one.utility.value,
        ),
        default=None,
    )


def _to_fit(choice: Choice, wish: Wish) -> str | None:
    near = nearest_miss(choice.others)
    if near is None or [broken.limit for broken in near.broken] != ["latency"]:
        return None
    high = near.candidate.latency.high_ms
    return (
        f"A latency budget of {ceil(high)}ms instead of {wish.latency_budget_ms:.0f}ms would let"
        f" {near.candidate.card.id} be used"
    )


def _fitting(choice: Choice) -> list[Judged]:
    return [one for one in choice.others if not one.broken]
