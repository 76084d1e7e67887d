"""Forked and spawned processes, and the ranks of a distributed job."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading

import pytest
from conftest import until

import wattest
from wattest.runs.ranks import Part, part_of

forks = pytest.mark.skipif(sys.platform == "win32", reason="no fork")


def work_in_child(run, n):
    run.work(n)


def spawned(n):
    with wattest.run(unit="token") as run:
        run.work(n)


@forks
def test_forked_workers_tell_of_their_own_work_and_never_end_the_run(agent):
    fork = multiprocessing.get_context("fork")
    with wattest.run(unit="token", workload="w") as run:
        run.work(1)
        run.flush()
        children = [fork.Process(target=work_in_child, args=(run, 10)) for _ in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join(20)
            assert child.exitcode == 0
        assert agent.stops == []
    assert (agent.counts["units"], agent.stops) == (31, [0])


@forks
def test_a_fork_counts_nothing_twice_and_does_not_hang_on_a_held_lock(agent):
    with wattest.run(unit="token", workload="w") as run:
        run._courier._lock.acquire()
        run._courier._pending.units = 5
        pid = os.fork()
        if pid == 0:
            run.work(2)
            os._exit(0 if run.flush(5) else 1)
        run._courier._lock.release()
        assert os.waitpid(pid, 0)[1] == 0
    assert agent.counts["units"] == 7


@forks
def test_a_child_begins_no_run_of_its_own_where_its_parents_has_not_begun(agent):
    agent.stop()
    with wattest.run(unit="token", workload="w") as run:
        pid = os.fork()
        if pid == 0:
            run.work(1)
            os._exit(1 if run.flush(3) else 0)
    # On a busy machine the parent's own thread would meet the agent that is back, and begin its run late.
    until("the parent has given up", lambda: not run._courier._thread.is_alive())
    agent.start()
    assert os.waitpid(pid, 0)[1] == 0
    assert (agent.begun, agent.counts["units"]) == ([], 0)


@forks
def test_a_child_that_leaves_its_parents_run_does_not_end_it(agent):
    pid = -1
    with wattest.run(unit="token", workload="w") as run:
        pid = os.fork()
        run.work(1)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    assert agent.stops == [0]
    assert agent.counts["units"] in (1, 2)


def test_spawned_processes_join_the_run_of_their_parent(agent):
    spawn = multiprocessing.get_context("spawn")
    with wattest.run(unit="token", workload="w"):
        child = spawn.Process(target=spawned, args=(10,))
        child.start()
        child.join(30)
        assert (child.exitcode, agent.stops) == (0, [])
    assert (agent.counts["units"], agent.stops, len(agent.begun)) == (10, [0], 1)


def test_threads_lose_nothing(agent):
    with wattest.run(unit="token") as run:
        threads = [threading.Thread(target=lambda: [run.work(1) for _ in range(5000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert agent.counts["units"] == 20_000


@pytest.mark.parametrize(
    ("rule", "env", "part"),
    [
        ("first", {}, Part(True, True)),
        ("first", {"RANK": "0", "LOCAL_RANK": "0"}, Part(True, True)),
        ("first", {"RANK": "1", "LOCAL_RANK": "1"}, Part(False, False)),
        ("first", {"RANK": "8", "LOCAL_RANK": "0"}, Part(True, False)),
        ("each", {"RANK": "9", "LOCAL_RANK": "1"}, Part(False, True)),
        ("each", {"SLURM_PROCID": "8", "SLURM_LOCALID": "0"}, Part(True, True)),
        ("first", {"OMPI_COMM_WORLD_RANK": "3"}, Part(False, False)),
        (lambda rank: rank == 2, {"RANK": "2", "LOCAL_RANK": "2"}, Part(False, True)),
        (lambda rank: rank == 2, {"RANK": "0", "LOCAL_RANK": "0"}, Part(True, False)),
    ],
)
def test_which_ranks_begin_and_which_count(rule, env, part):
    assert part_of(rule, env) == part


def test_the_first_process_of_a_node_begins_and_the_others_join_by_name(agent, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("LOCAL_RANK", "1")
    agent.workload = "train"
    with wattest.run(unit="token", workload="train", ranks="each") as run:
        run.work(5)
    assert (agent.counts["units"], agent.stops) == (5, [])
    with wattest.run(unit="token", workload="train") as silent:
        silent.work(5)
    assert (silent.state, agent.counts["units"]) == ("silent", 5)


def test_a_node_that_is_not_the_first_has_a_run_and_counts_nothing(agent, monkeypatch):
    monkeypatch.setenv("RANK", "8")
    monkeypatch.setenv("LOCAL_RANK", "0")
    with wattest.run(unit="token") as run:
        run.work(5)
        until("its run has begun", lambda: run.state == "begun")
    assert (agent.counts["units"], agent.stops) == (0, [0])
