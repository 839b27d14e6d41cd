"""The language model that is away, slow, or talks nonsense; and stages that do not stop when told."""

import time
from uuid import uuid4

from tests.faults.load import Answer, Ask, flow
from tests.faults.processes import children_of, memory_mb, open_files, until
from tests.faults.registry import fault
from tests.faults.trial import Trial, percentile

RERANK = "llm.rerank.qwen3"
LIMIT_MS, TOLERANCE_MS = 150, 15
QUESTION = "why does my effect run again and again after every render when I set the state of an object in it"


def next_prompt(number: int) -> Ask:
    """Somebody new, with a long question: the model is asked."""
    return Ask("/api/prompts/next", {"userId": uuid4().hex, "context": QUESTION})


def _is_asked(trial: Trial) -> None:
    """Whatever is tried with the model means nothing unless it is asked: wait for breakers to close."""
    model = trial.outside.model
    model.behave("normal")
    model.calls.clear()

    def served() -> bool:
        answer = trial.ask(next_prompt(0))
        return answer.status == 200 and not answer.degraded and bool(model.calls)

    until("the model is asked, and answers", served, 30.0, every_s=0.2)


def _whole(answers: list[Answer]) -> list[Answer]:
    return [a for a in answers if a.status == 200 and a.body.get("prompts")]


def _reasons(answers: list[Answer]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for answer in answers:
        for reason in answer.body.get("degradedReasons", ()):
            counted[reason] = counted.get(reason, 0) + 1
    return counted


@fault(
    14, "model refuses connections", "every answer by the rules, breaker open < 2 s, p99 < 250 ms", once=True
)
def model_away(trial: Trial) -> None:
    """Close the port of the model."""
    _is_asked(trial)
    with trial.load(next_prompt, rate=trial.rate / 2) as load:
        trial.outside.way_to_model.mode = "refuse"
        began = time.monotonic()
        time.sleep(trial.seconds / 2)
    opened = [a.due - began for a in load.answers if f"{RERANK}:breaker_open" in a.text]
    trial.note(f"reasons: {_reasons(load.answers)}")
    whole = len(_whole(load.answers))
    trial.expect(whole == len(load.answers), f"{len(load.answers) - whole} without an answer by the rules")
    trial.within("breaker open", min(opened, default=99.0), 2.0)
    trial.no_hang(0.25)
    trial.settle()


@fault(
    15, "model slow, dripping, stopping midway", "cut at 150 ms, socket closed, slot free again", once=True
)
def model_slow(trial: Trial) -> None:
    """Answer after 10 s; byte by byte; and not after the headers."""
    model = trial.outside.model
    longest = 0.0
    for mode, wait_s in (("slow", 10.0), ("drip", 0.05), ("stall", 0.0)):
        _is_asked(trial)
        model.behave(mode, wait_s=wait_s)
        with trial.load(next_prompt, rate=5) as load:
            time.sleep(max(2.0, trial.seconds / 6))
        whole = len(_whole(load.answers))
        trial.expect(whole == len(load.answers), f"{mode}: {len(load.answers) - whole} without an answer")
        longest = max([longest, *(_rerank_ms(answer) for answer in load.answers)])
        trial.note(f"{mode}: {_reasons(load.answers)}")
    limit = (LIMIT_MS + TOLERANCE_MS) * trial.patience
    trial.note(f"the longest wait for the model was {longest:.0f} ms")
    trial.expect(longest <= limit, f"the model was waited for {longest:.0f} ms > {limit:.0f} ms")
    model.behave("normal")
    # Each worker that asks keeps one open; refinements of a queue's length have some seconds each.
    until("sockets are closed", lambda: model.open_connections() <= 3, 60.0)
    _is_asked(trial)  # Its slot is free again.
    trial.settle()


def _rerank_ms(answer: Answer) -> float:
    """How long the stage of the model took, by the answer's own account."""
    for entry in answer.headers.get("server-timing", "").split(","):
        name, _, duration = entry.strip().partition(";dur=")
        if name == RERANK:
            return float(duration)
    return 0.0


@fault(16, "model talks nonsense", "the rules' answer, nothing that nobody may see", once=True)
def model_garbage(trial: Trial) -> None:
    """Bad JSON, another shape, too much of it, no HTTP at all, letters that stand for nothing."""
    model = trial.outside.model
    nonsense = {
        "logprobs": [{"token": "Z", "logprob": 0, "top_logprobs": [{"token": "Z", "logprob": 0}] * 40}]
    }
    usual = model.answers["/api/generate"]
    for name, mode, said in (
        ("letters", "normal", nonsense),
        ("shape", "normal", {"logprobs": "A", "id": 7}),
        ("bad JSON", "bad_json", usual),
        ("huge", "huge", usual),
        ("no HTTP", "garbage", usual),
    ):
        model.answers["/api/generate"] = usual
        _is_asked(trial)
        model.answers["/api/generate"] = said
        model.behave(mode)
        answers = [trial.ask(next_prompt(0)) for _ in range(4)]
        whole = len(_whole(answers))
        trial.expect(whole == len(answers), f"{name}: {len(answers) - whole} without an answer")
        courses = sum(item.get("type") == "course" for a in answers for item in a.body.get("prompts", ()))
        trial.expect(not courses, f"{name}: {courses} items that need a licence")
        trial.note(f"{name}: {_reasons(answers)}")
    model.answers["/api/generate"] = usual
    trial.settle()


@fault(17, "every model stage runs into its soft limit", "descriptors and memory flat, the pool serves on")
def soft_limit_storm(trial: Trial) -> None:
    """Nothing but stages that would sleep for 10 s."""
    pid = trial.fleet.processes.pid("llm")
    trial.ask(Ask("/faults/crossing", {"at": time.time()}))
    before = _held(pid)
    with trial.load(flow("too_slow"), rate=5):
        time.sleep(trial.seconds)
    trial.settle()
    after = _held(pid)
    trial.note(f"children's descriptors, MB: before {before}, after {after}")
    trial.expect(after[0] <= before[0] + 4, f"descriptors grew from {before[0]} to {after[0]}")
    trial.expect(after[1] <= before[1] + 30, f"memory grew from {before[1]} to {after[1]} MB")
    served = trial.ask(Ask("/faults/crossing", {"at": time.time()}, {"Prefer": "wait=10"}))
    trial.expect(served.status == 200, f"the pool serves no more: {served.status}")
    trial.settle()


def _held(pid: int) -> tuple[int, int]:
    """Descriptors and megabytes of the children of a pool."""
    children = children_of(pid)
    return sum(map(open_files, children)), round(sum(map(memory_mb, children)))


@fault(18, "library swallows the soft limit", "the hard limit ends it, and the caller has an answer by then")
def stubborn_library(trial: Trial) -> None:
    """A stage that goes on for 5 s whatever is raised in it."""
    answers = [trial.ask(Ask("/faults/stubborn", {"n": n}, {"Prefer": "wait=5"})) for n in range(5)]
    trial.expect(all(a.status == 200 for a in answers), f"not answered: {[a.status for a in answers]}")
    trial.expect(
        all(a.degraded for a in answers if a.status == 200),
        "nothing says that the answer is less than it could be",
    )
    trial.note(f"reasons: {_reasons(answers)}")
    trial.within("slowest answer", percentile(answers, 1.0), 2.0)
    trial.settle()
