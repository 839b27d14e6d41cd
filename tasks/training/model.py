"""What a training is, and what comes of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flows.signals.events import Event

Pages = Iterator[Sequence[Event]]  #: Events of one organisation, oldest first.
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and what it rests on, both plain JSON. There is one also where there was nothing to
    learn from: it says nothing, and that there is no need to try again.
    """

    document: Document
    measures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Training:
    """How one kind of model is made.

    ``train`` makes the model of an organisation, ``every`` so often at most. ``share``, where there
    is one, makes what organisations have in common from the documents of several.
    """

    kind: str
    every: timedelta
    train: Callable[[Pages], Trained]
    share: Callable[[Iterable[Document]], Trained] | None = None
