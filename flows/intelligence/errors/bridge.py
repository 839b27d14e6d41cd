"""Query expansion through the knowledge base: message -> entry -> what the entry says.

The words of a message and of its explanation often differ, and so do versions of one tool. The
entry that the message matches has the words of both sides (query expansion with a thesaurus:
Manning, Raghavan & Schuetze 2008, section 9.2).
"""

from flows.intelligence.errors.knowledge import Knowledge, built_in_knowledge, expansions
from flows.intelligence.errors.text import normalise

MOST_ENTRIES = 1


def expansion(message: str, knowledge: Knowledge | None = None) -> str:
    """What the knowledge base says about a message; empty when no pattern matches it."""
    knowledge = built_in_knowledge() if knowledge is None else knowledge
    return " ".join(expansions(knowledge.matches(normalise(message)), knowledge, MOST_ENTRIES))
