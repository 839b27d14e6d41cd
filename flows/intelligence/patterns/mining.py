"""One scope's table of patterns, from the steps of its people or from other tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from flows.intelligence.patterns.error_episodes import recurring_errors, resolutions
from flows.intelligence.patterns.model import Key, PatternKind, Scope, Tally
from flows.intelligence.patterns.observations import (
    ANY,
    Observe,
    longer_sequences,
    sequences,
    together,
    transitions,
)
from flows.intelligence.patterns.step import Step
from flows.intelligence.patterns.table import PatternTable
from flows.intelligence.patterns.tallies import tally
from flows.intelligence.patterns.track import Visit, Window, item_track, skill_track

People = Sequence[Sequence[Step]]

#: Share of the counters that are left which a kind may take, in this order: few and telling first.
SHARES = {
    PatternKind.RECURRING_ERROR: 0.1,
    PatternKind.ERROR_RESOLUTION: 0.15,
    PatternKind.SKILL_TRANSITION: 0.15,
    PatternKind.SKILLS_TOGETHER: 0.15,
    PatternKind.SKILL_SEQUENCE: 0.4,
    PatternKind.ITEM_SEQUENCE: 1.0,
}
SHARE_OF_PAIRS = 0.6  #: Of the counters of sequences; those of three take the rest.
TRACKS = {PatternKind.SKILL_SEQUENCE: skill_track, PatternKind.ITEM_SEQUENCE: item_track}

#: How often one person has to do something for it to be a pattern. An error that came back did so
#: once already, and what worked once may be tried again.
LEAST_OWN = dict.fromkeys(PatternKind, 2) | {
    PatternKind.RECURRING_ERROR: 1,
    PatternKind.ERROR_RESOLUTION: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningLimits:
    """What counts as a pattern, and how many are kept.

    ``people`` is the k of k-anonymity: what fewer people of an organisation show is not in its
    table. What is shared between organisations has to be shown by so many in each of at least
    ``organisations`` of them.
    """

    people: int = 3
    organisations: int = 2
    counters: int = 50_000
    window: Window = field(default_factory=Window)


def mine_person(steps: Sequence[Step], limits: MiningLimits) -> PatternTable:
    """The patterns of one person; ``steps`` are in order."""
    return PatternTable(Scope.OWN, _tallies([steps], LEAST_OWN, limits, by_people=False))


def mine_organisation(people: People, limits: MiningLimits) -> PatternTable:
    """The patterns that enough of the people show; the steps of each are in order."""
    least = dict.fromkeys(PatternKind, limits.people)
    return PatternTable(Scope.ORGANISATION, _tallies(people, least, limits, by_people=True))


def mine_overall(organisations: Iterable[PatternTable], limits: MiningLimits) -> PatternTable:
    """The patterns that enough organisations have. Ids of events stay where they came from."""
    tables = list(organisations)
    tallies: dict[PatternKind, dict[Key, Tally]] = {}
    left = limits.counters
    for kind, share in SHARES.items():
        shared = _shared([table.tallies[kind] for table in tables], limits)
        most = sorted(shared, key=lambda key: (-shared[key].people, key[-1] != ANY, len(key), key))
        tallies[kind] = {key: shared[key] for key in most[: int(left * share)]}
        left -= len(tallies[kind])
    return PatternTable(Scope.OVERALL, tallies)


def _shared(counted: Sequence[Mapping[Key, Tally]], limits: MiningLimits) -> dict[Key, Tally]:
    """Sums over organisations, of what is anonymous within each and known to enough of them."""
    found: dict[Key, list[Tally]] = {}
    for tallies in counted:
        for key, seen in tallies.items():
            if seen.people >= limits.people:
                found.setdefault(key, []).append(seen)
    return {
        key: Tally(
            sum(seen.times for seen in everywhere),
            sum(seen.people for seen in everywhere),
            min(seen.first for seen in everywhere),
            max(seen.last for seen in everywhere),
            (),
        )
        for key, everywhere in found.items()
        if len(everywhere) >= limits.organisations
    }


def _tallies(
    people: People, least: Mapping[PatternKind, int], limits: MiningLimits, *, by_people: bool
) -> dict[PatternKind, dict[Key, Tally]]:
    found: dict[PatternKind, dict[Key, Tally]] = {}
    left = limits.counters
    for kind, share in SHARES.items():
        counting = partial(tally, least=least[kind], by_people=by_people)
        room = int(left * share)
        if kind in TRACKS:
            tracks = [TRACKS[kind](steps) for steps in people]
            found[kind] = _sequence_tallies(tracks, counting, limits.window, room)
        else:
            found[kind] = counting(people, _observing(kind, limits.window), most_keys=room)
        left -= len(found[kind])
    return found


def _observing(kind: PatternKind, window: Window) -> Observe[Sequence[Step]]:
    if kind is PatternKind.SKILL_TRANSITION:
        return partial(transitions, window=window)
    return {
        PatternKind.RECURRING_ERROR: recurring_errors,
        PatternKind.ERROR_RESOLUTION: resolutions,
        PatternKind.SKILLS_TOGETHER: together,
    }[kind]


def _sequence_tallies(
    tracks: Sequence[Sequence[Visit]], counting: Callable[..., dict[Key, Tally]], window: Window, room: int
) -> dict[Key, Tally]:
    pairs = counting(tracks, partial(sequences, window=window), most_keys=int(room * SHARE_OF_PAIRS))
    frequent = {key for key in pairs if len(key) == 2}
    longer = partial(longer_sequences, window=window, frequent=frequent)
    return pairs | counting(tracks, longer, most_keys=room - len(pairs))
