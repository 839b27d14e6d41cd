"""When a language model is asked at all: where tests show that it helps, and nowhere else.

In published measurements Qwen3-Reranker beats a factorization machine only for people with little
history (Gorse 2026: up to 100 events, .568 against .547 with the 8B model, and behind it beyond
200), and language models help where there is much text to go by.
"""

from dataclasses import dataclass

TOO_FEW_CANDIDATES = "too_few_candidates"
ENOUGH_HISTORY = "enough_history"
HISTORY_UNKNOWN = "history_unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """The model is asked about people with fewer events than ``few_events``, and for queries of
    ``many_words`` words or more.
    """

    few_events: int
    many_words: int

    def reason_to_skip(self, *, events: int | None, words: int, candidates: int) -> str:
        """Why the model is not to be asked, empty when it is.

        ``events`` is None where the history could not be read: that is not little history.
        """
        if candidates < 2:
            return TOO_FEW_CANDIDATES
        if words >= self.many_words or (events is not None and events < self.few_events):
            return ""
        return HISTORY_UNKNOWN if events is None else ENOUGH_HISTORY
