"""A question that is asked to keep a model warm, and to see what it takes."""

from flows.intelligence.rerank.port import Mode, RerankRequest
from flows.intelligence.rerank.prompts import MOST, request_of

SIZES = (4, 12, MOST)  #: Candidates of one question, in turn.
PERSON = "asks how to keep a long list fast. knows JavaScript Fundamentals"
TOPICS = (
    "Rendering",
    "Caching",
    "Testing",
    "Indexes",
    "Profiling",
    "Queues",
    "Typing",
    "Layout",
    "Paging",
    "Hooks",
)


def probe(number: int) -> RerankRequest:
    """The question of that number: as people's begin, so that the server keeps that part at hand."""
    candidates = SIZES[number % len(SIZES)]
    cards = [f"{TOPICS[place % len(TOPICS)]} {place + 1}, prompt, 45 min" for place in range(candidates)]
    return request_of(Mode.LISTWISE, PERSON, cards)
