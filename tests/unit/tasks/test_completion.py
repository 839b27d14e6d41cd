"""The table of who waits for what."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest

from tasks.completion import WaiterTable


def told_in_time(table: WaiterTable, jobs: list[str], tell: Callable[[], None], wait_s: float) -> list[bool]:
    """Wait for each job in a thread of its own; tell once all of them stand in the table."""
    everybody = Barrier(len(jobs) + 1)

    def wait(job_id: str) -> bool:
        with table.waiter(job_id) as waiter:
            everybody.wait()
            return waiter.wait(wait_s)

    with ThreadPoolExecutor(len(jobs)) as pool:
        waiting = [pool.submit(wait, job_id) for job_id in jobs]
        everybody.wait()
        tell()
        return [future.result() for future in waiting]


def test_who_waits_is_woken() -> None:
    """All who wait for a job are woken when it is told, and then stand in the table no more."""
    table = WaiterTable()
    assert told_in_time(table, ["a", "a", "a"], lambda: table.tell("a"), 20) == [True, True, True]
    assert len(table) == 0


def test_only_who_waits_for_the_job_is_woken() -> None:
    """A message for one job wakes nobody who waits for another."""
    table = WaiterTable()
    assert told_in_time(table, ["a", "b", "a"], lambda: table.tell("a"), 0.05) == [True, False, True]


def test_everybody_can_be_woken() -> None:
    """After a lost connection all are woken, whatever they wait for."""
    table = WaiterTable()
    assert told_in_time(table, ["a", "b", "b", "c"], table.tell_all, 20) == [True, True, True, True]
    assert len(table) == 0


@pytest.mark.timeout(10)
def test_a_word_before_the_wait_is_not_lost() -> None:
    """Who stands in the table when it is told does not wait any more, even if the wait begins later."""
    table = WaiterTable()
    with table.waiter("a") as waiter:
        table.tell("a")
        assert waiter.wait(30)


def test_each_word_counts_once() -> None:
    """A waiter that was woken waits afresh, and can be woken again."""
    table = WaiterTable()
    with table.waiter("a") as waiter:
        table.tell("a")
        assert [waiter.wait(0.01), waiter.wait(0.01)] == [True, False]
        table.tell("a")
        assert waiter.wait(0.01)


def test_a_word_that_nobody_waits_for_is_dropped() -> None:
    """Telling an unknown job does nothing, and is not kept for who comes later."""
    table = WaiterTable()
    table.tell("a")
    table.tell_all()
    assert len(table) == 0
    with table.waiter("a") as waiter:
        assert not waiter.wait(0.01)


def test_a_wait_that_ran_out_leaves_nothing_behind() -> None:
    """After a thousand waits that timed out the table is empty."""
    table = WaiterTable()
    for number in range(1000):
        with table.waiter(f"job-{number % 10}") as waiter:
            assert len(table) == 1
            assert not waiter.wait(0)
    assert len(table) == 0


def test_a_wait_that_broke_off_leaves_nothing_behind() -> None:
    """Whoever leaves by an exception is out of the table, and those who stay are not."""
    table = WaiterTable()
    with table.waiter("a") as staying:
        with pytest.raises(ZeroDivisionError), table.waiter("a") as leaving:
            leaving.wait(1 / 0)
        assert len(table) == 1
        table.tell("a")
        assert staying.wait(0.01)
    assert len(table) == 0


@pytest.fixture
def hectic() -> Iterator[None]:
    """Threads take turns so often that whatever is not locked is interrupted."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hectic")
@pytest.mark.parametrize("act", [WaiterTable.tell_all, lambda table: table.tell("crowded"), len])
def test_coming_and_going_while_told(act: Callable[[WaiterTable], object]) -> None:
    """Waiters may come and go while a crowd is told or counted, without an error or a leftover."""
    table = WaiterTable()

    # Every thread does a fixed amount and waits for none of the others: a lock is not fair, and a
    # thread that went on until another is through could keep that one out for good.
    def come_and_go() -> None:
        for number in range(1_000):
            with table.waiter(("crowded", f"job-{number % 3}")[number % 2]) as waiter:
                waiter.wait(0)

    def act_often() -> None:
        for _ in range(500):
            act(table)

    with ExitStack() as crowd, ThreadPoolExecutor(4) as pool:
        for _ in range(50):
            crowd.enter_context(table.waiter("crowded"))
        doing = [pool.submit(do) for do in (come_and_go, act_often, come_and_go, act_often)]
        assert [future.result() for future in doing] == [None] * 4
        assert len(table) == 50
    assert len(table) == 0


def test_progress_wakes_only_who_watches() -> None:
    """Word of progress wakes those who asked for it; whoever waits for the end sleeps on."""
    table = WaiterTable()
    with table.waiter("a") as waiting, table.waiter("a", progress=True) as watching:
        table.tell_progress("a")
        assert (watching.wait(0.01), waiting.wait(0.01)) == (True, False)
        table.tell("a")
        assert (watching.wait(0.01), waiting.wait(0.01)) == (True, True)
        table.tell_all()
        assert (watching.wait(0.01), waiting.wait(0.01)) == (True, True)
    assert len(table) == 0
    table.tell_progress("a")
