"""Embedding a batch when a server is slow, hangs, or has something against one text."""

from collections.abc import Callable, Sequence

import pytest

from flows.errors import BreakerOpen, PortUnavailable, UpstreamRefused, UpstreamTimeout, UpstreamUnavailable
from flows.memory.embeddings.port import Purpose, Vector
from flows.memory.embeddings.texts import SHORT
from tasks.memory_vectors.batches import ALONE_S, CALL_S, HARMLESS, embedded
from tests.memories import remembered

FOR_S = 60.0
Asked = list[list[str]]


class Model:
    """An Embedder that takes ``seconds`` for some texts, on a clock of its own, or raises what it returns."""

    fingerprint = model = "fake"

    def __init__(self, seconds: Callable[[Sequence[str]], float | PortUnavailable]) -> None:
        self._seconds, self.asked, self.now_s = seconds, Asked(), 0.0

    def embed(
        self, texts: Sequence[str], purpose: Purpose, deadline_s: float, *, patient: bool
    ) -> Sequence[Vector]:
        """Vectors, if they come in time."""
        assert (patient, purpose) == (True, Purpose.DOCUMENT)
        self.asked.append([text.partition("\n")[0] for text in texts])
        takes = self._seconds(texts)
        if isinstance(takes, PortUnavailable):
            raise takes
        self.now_s += min(takes, deadline_s)
        if takes > deadline_s:
            raise UpstreamTimeout("fake took too long")
        return [(1.0, float(len(text))) for text in texts]


def run(model: Model, *texts: str) -> tuple[dict[int, bool], PortUnavailable | None]:
    """Which texts came, False for refused, and how it ended."""
    memories = {n: remembered(str(n), text, title=text) for n, text in enumerate(texts)}
    found: dict[int, bool] = {}
    try:
        for vectors in embedded(model, memories, 2, FOR_S, lambda: model.now_s):
            found |= {number: vector is not None for number, vector in vectors.items()}
    except PortUnavailable as error:
        return found, error
    return found, None


def has(text: str, texts: Sequence[str]) -> bool:
    return any(text in each for each in texts)


def test_texts_that_are_too_many_for_a_slow_model_go_one_by_one() -> None:
    """It has no time for all together, and enough for each."""
    model = Model(lambda texts: 7.0 * len(texts))
    assert run(model, *"abcd") == ({0: True, 1: True, 2: True, 3: True}, None)
    assert model.now_s == CALL_S + 4 * 7.0


def test_one_text_that_a_model_hangs_on_holds_nobody_up() -> None:
    """The others come, and it is refused; a harmless text says that the model is well."""
    model = Model(lambda texts: 999.0 if has("poison", texts) else 1.0)
    assert run(model, "poison", "b", "c") == ({0: False, 1: True, 2: True}, None)
    assert [HARMLESS] in model.asked


def test_a_model_that_hangs_is_soon_left_alone() -> None:
    """Three calls, and it is the model: nothing is refused for it."""
    model = Model(lambda _: 999.0)
    found, error = run(model, "a", "b", "c")
    assert (found, type(error)) == ({}, UpstreamTimeout)
    assert model.now_s == CALL_S + 2 * ALONE_S


def test_a_batch_has_an_end() -> None:
    """What did not come by then is left out, and was not refused."""
    model = Model(lambda texts: 9.0 if len(texts) == 1 else 999.0)
    assert run(model, *"abcdefghij") == (dict.fromkeys(range(5), True), None)


@pytest.mark.parametrize(
    "error", [UpstreamUnavailable("503"), UpstreamRefused("429", status=429, problem={})]
)
def test_an_error_that_passes_is_no_refusal(error: PortUnavailable) -> None:
    """The text is asked for once more when the model is known to be well."""
    left = [2]

    def busy(texts: Sequence[str]) -> float | PortUnavailable:
        left[0] -= has("b", texts)
        return error if has("b", texts) and left[0] >= 0 else 0.1

    assert run(Model(busy), "ax", "bx") == ({0: True, 1: True}, None)


def test_a_long_text_is_cut_short_last() -> None:
    """When the model does not take all of it."""
    model = Model(
        lambda texts: UpstreamRefused("400", status=400, problem={}) if len(texts[0]) > SHORT else 0.1
    )
    assert run(model, "long " * 200) == ({0: True}, None)


def test_a_breaker_that_is_open_ends_it() -> None:
    """Whatever is asked: nothing is known of any text."""
    found, error = run(Model(lambda _: BreakerOpen("open")), "a", "b")
    assert (found, type(error)) == ({}, BreakerOpen)
