"""The table of the fault suite."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.checker import Account
from tests.faults.registry import Fault
from tests.faults.trial import Trial, percentile

HEAD = (
    f"{'':>3} {'fault':<44} {'accepted':>8} {'finished':>8} {'lost':>5} {'twice':>5} {'again':>5}"
    f" {'p50 ms':>7} {'p99 ms':>7} {'back s':>6}  verdict"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, and what stands below it."""

    number: int
    line: str
    shortcomings: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """True when there is nothing to say against it."""
        return not self.shortcomings

    def __str__(self) -> str:
        below = [f"      - {text}" for text in self.shortcomings] + [f"      . {text}" for text in self.notes]
        return "\n".join([f"{self.line}  {'pass' if self.passed else 'FAIL'}", *below])


def row_of(fault: Fault, trial: Trial) -> Row:
    """The line of a fault that was tried."""
    account = trial.account
    if account is None:
        return not_run(fault, *trial.shortcomings or ("ended before its jobs were counted",))
    shortcomings = list(trial.shortcomings)
    if account.lost and not fault.loses:
        shortcomings.insert(0, _lost(account))
    if account.effects_twice:
        shortcomings.append(f"{len(account.effects_twice)} jobs ended twice, as {account.effects_twice[0]}")
    if fault.once and account.runs_again:
        shortcomings.append(f"{account.runs_again} effects were made again though nothing was killed")
    p50, p99 = (percentile(trial.answers, share) * 1000 for share in (0.50, 0.99))
    back = "-" if trial.back_s is None else f"{trial.back_s:.1f}"
    twice = len(account.effects_twice) + (account.runs_again if fault.once else 0)
    line = (
        f"{fault.number:>3} {fault.name:<44} {account.accepted:>8} {account.finished:>8}"
        f" {len(account.lost):>5} {twice:>5} {account.runs_again:>5} {p50:>7.0f} {p99:>7.0f} {back:>6}"
    )
    notes = list(trial.notes)
    if account.failed:
        notes.append("ended without an answer: " + ", ".join(f"{n} x {c}" for c, n in account.failed.items()))
    if account.local:
        notes.append(f"{account.local} answers without a job of the ledger")
    if restarted := trial.fleet.restarted:
        again = ", ".join(f"{name} {times} x" for name, times in restarted.items())
        notes.append(f"ended by itself and was started again: {again}")
    return Row(fault.number, line, tuple(shortcomings), tuple(notes))


def _lost(account: Account) -> str:
    """How many, and what is known of one of them."""
    example = account.lost[0]
    entry = account.entries.get(example)
    known = f"{entry.state}, attempt {entry.attempt}" if entry else "not in the ledger"
    waiting = ", ".join(f"{count} in {queue}" for queue, count in account.waiting.items()) or "none"
    return f"{len(account.lost)} jobs lost, for example {example}: {known}; messages left: {waiting}"


def not_run(fault: Fault, *why: str) -> Row:
    """The line of a fault about which nothing can be said."""
    line = f"{fault.number:>3} {fault.name:<44} " + " ".join(
        f"{'-':>{width}}" for width in (8, 8, 5, 5, 5, 7, 7, 6)
    )
    return Row(fault.number, line, why)


def summary(rows: Iterable[Row]) -> str:
    """How it went in one line."""
    all_rows = list(rows)
    failed = [str(row.number) for row in all_rows if not row.passed]
    said = f"{len(all_rows) - len(failed)} of {len(all_rows)} faults pass"
    return f"{said}; not: {', '.join(failed)}" if failed else said
