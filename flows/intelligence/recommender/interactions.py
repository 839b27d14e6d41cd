"""Who took up what, and when: the shape that all sources learn from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interaction:
    """One person took up one item. ``time`` in seconds; ``strength`` over 0 and at most 1.

    The strength says how seriously, such as the share of a video that was watched; 1 when
    nothing is known. It weighs what others learn from this step, not the person's own history.
    """

    user: str
    item: str
    time: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Item:
    """Something to recommend. Its place in the catalogue's sequence is a source of its own."""

    id: str
    title: str
    text: str = ""
    tags: tuple[str, ...] = ()
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An interaction of a known person with a known item; ``item`` is its place in the catalogue."""

    item: int
    time: float
    strength: float = 1.0


#: Every person's steps, oldest first, each item once.
Histories = Mapping[str, Sequence[Step]]


def histories(interactions: Iterable[Interaction], positions: Mapping[str, int]) -> dict[str, list[Step]]:
    """Group by person in the order of time; what ``positions`` does not know is left out.

    Only the first time that somebody takes an item up counts. Equal times keep the order given.
    """
    grouped: defaultdict[str, dict[int, Step]] = defaultdict(dict)
    for event in sorted(interactions, key=lambda interaction: interaction.time):
        place = positions.get(event.item)
        if place is not None:
            grouped[event.user].setdefault(place, Step(place, event.time, event.strength))
    return {user: list(steps.values()) for user, steps in grouped.items()}
