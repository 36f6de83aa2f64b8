"""Parts of a question stand on cores of their own, wherever the system would have put them."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import pytest

from indexer.cores import beside, cores, staying, together

# What a Linux kernel offers for threads to be placed; without it nothing is placed, and all goes on.
_FORBIDDEN = """
import os
def refused(*given):
    raise PermissionError("sched_setaffinity")
os.sched_setaffinity = refused
"""
_LOST = """
import os
there = os.sched_getaffinity
os.sched_getaffinity = lambda thread: there(thread) | {4000, 4001}
def refused(thread, asked):
    raise OSError(22, "Invalid argument")
os.sched_setaffinity = refused
"""
_ABSENT = "import os; del os.sched_setaffinity, os.sched_getaffinity"
_ASKED = """
from indexer.cores import cores, staying, together
with staying():
    print(together([lambda: "un", lambda: "deux"]), cores() >= 1)
"""


def my_cores() -> set[int]:
    return os.sched_getaffinity(0)


def test_a_part_keeps_off_the_core_of_the_thread_that_starts_it() -> None:
    everywhere = my_cores()
    with staying():
        mine, others = my_cores(), beside(my_cores).result()
    assert len(mine) == 1
    assert others == (everywhere - mine or everywhere)


def test_a_thread_stays_on_one_core_for_a_while_only() -> None:
    before = my_cores()
    with pytest.raises(ValueError, match="arrêt"), staying():
        assert len(my_cores()) == 1
        raise ValueError("arrêt")
    assert my_cores() == before


def test_parts_are_given_in_the_order_asked() -> None:
    assert together([partial(pow, number, 2) for number in range(100)]) == [number**2 for number in range(100)]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_fault_of_any_part_is_raised(place: int) -> None:
    def fails() -> int:
        raise ArithmeticError("débordement")

    parts: list[Callable[[], int]] = [lambda: 1] * 3
    parts[place] = fails
    before = my_cores()
    with pytest.raises(ArithmeticError, match="débordement"):
        together(parts)
    assert my_cores() == before


def test_a_part_may_wait_for_one_started_before_it_however_many_there_are() -> None:
    def next_to(number: int) -> Callable[[], int]:
        read = beside(lambda: number)
        return lambda: read.result() + 1

    assert [one.result(timeout=30) for one in [beside(next_to(n)) for n in range(100)]] == list(range(1, 101))


def test_cores_are_those_of_the_process_wherever_they_are_counted() -> None:
    counted = len(my_cores())
    with staying():
        assert (cores(), beside(cores).result()) == (counted, counted)


@pytest.mark.parametrize("system", [_FORBIDDEN, _LOST, _ABSENT], ids=["forbidden", "cores lost since", "absent"])
def test_where_threads_cannot_be_placed_parts_run_all_the_same(system: str) -> None:
    told = subprocess.run([sys.executable, "-c", system + _ASKED], capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("['un', 'deux'] True\n", "")
