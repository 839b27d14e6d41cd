"""Reading an order out of log-probabilities. Whatever they are, the order is one of the given places."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, fsum

from flows.errors import RerankFailed
from flows.intelligence.rerank.port import Mode, Outcome, Reading
from flows.intelligence.rerank.prompts import LETTERS

LEAST_MASS = 0.5
UNSEEN = -10.0  #: Log-probability of a "yes" or "no" that is not among the likeliest tokens.


@dataclass(frozen=True, slots=True)
class Judgement:
    """A model's order: places of the candidates from 0 on, best first, each once.

    ``mass`` is the share (0 to 1) of the returned probability that lay on valid answers; None in
    modes that have none.
    """

    order: tuple[int, ...]
    mass: float | None = None


def judge(mode: Mode, readings: Sequence[Reading], candidates: int) -> Judgement:
    """The order of so many candidates; raises RerankFailed (``malformed``, ``low_mass``)."""
    expected = 1 if mode is Mode.LISTWISE else candidates
    if len(readings) != expected:
        raise RerankFailed(Outcome.MALFORMED, f"{len(readings)} readings, {expected} were asked for")
    if mode is Mode.LISTWISE:
        return by_letters(readings[0].tokens, candidates)
    return by_yes(readings) if mode is Mode.POINTWISE else by_likelihood(readings)


def by_letters(tokens: Mapping[str, float], candidates: int) -> Judgement:
    """The order of letters by log-probability; those not seen come last, in the rules' order.

    A letter counts with its likeliest form ("A", " A", newline and "A").
    """
    letters = LETTERS[:candidates]
    seen = _likeliest(tokens, {letter: letter for letter in letters})
    mass = _enough(_share(tokens, letters))
    return Judgement(_descending([seen.get(letter, float("-inf")) for letter in letters]), mass)


def by_yes(readings: Sequence[Reading]) -> Judgement:
    """The order by p(yes) / (p(yes) + p(no)); the mass is the mean over the candidates."""
    shares = [_share(reading.tokens, YES_NO) for reading in readings]
    mass = _enough(fsum(shares) / len(shares) if shares else 0.0)
    return Judgement(_descending([_yes(reading.tokens) for reading in readings]), mass)


def by_likelihood(readings: Sequence[Reading]) -> Judgement:
    """The order by mean log-probability per token, so that a long text is not at a disadvantage."""
    found = [reading.mean_logprob for reading in readings]
    known = [value for value in found if value is not None]
    if len(known) < len(found):
        raise RerankFailed(Outcome.MALFORMED, "no log-probability of a scored text")
    return Judgement(_descending(known))


YES_NO: Mapping[str, str] = {form: form.lower() for form in ("yes", "Yes", "YES", "no", "No", "NO")}


def _yes(tokens: Mapping[str, float]) -> float:
    likeliest = _likeliest(tokens, YES_NO)
    yes, no = exp(likeliest.get("yes", UNSEEN)), exp(likeliest.get("no", UNSEEN))
    return yes / (yes + no) if yes + no > 0 else 0.5


def _likeliest(tokens: Mapping[str, float], meaning: Mapping[str, str]) -> dict[str, float]:
    """The largest log-probability by meaning, over all forms of a token."""
    found: dict[str, float] = {}
    for token, logprob in tokens.items():
        if (meant := meaning.get(token.strip())) is not None:
            found[meant] = max(logprob, found.get(meant, logprob))
    return found


def _share(tokens: Mapping[str, float], valid: Collection[str]) -> float:
    """The part of the returned probability that lies on valid tokens, 0 where nothing was returned."""
    best = max(tokens.values(), default=0.0)
    weights = {token: exp(logprob - best) for token, logprob in tokens.items()}
    whole = fsum(weights.values())
    return fsum(weights[token] for token in tokens if token.strip() in valid) / whole if whole else 0.0


def _enough(mass: float) -> float:
    if mass < LEAST_MASS:
        raise RerankFailed(Outcome.LOW_MASS, f"{mass:.2f} of the probability lies on valid answers")
    return min(1.0, mass)


def _descending(values: Sequence[float]) -> tuple[int, ...]:
    """Places from the largest value to the smallest; of equal ones the first stays first."""
    return tuple(sorted(range(len(values)), key=lambda place: -values[place]))
