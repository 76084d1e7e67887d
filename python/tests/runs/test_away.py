"""An agent that is away, comes back, has forgotten, or meters something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import until

import wattest
from wattest.agent.keeping import state_folder

SOURCE = str(Path(wattest.__file__).parents[1])


def spooled():
    folder = state_folder() / "spool"
    return [json.loads(file.read_text()) for file in folder.glob("*.json")] if folder.is_dir() else []


def test_without_an_agent_a_script_goes_on_with_one_warning_and_its_work_is_kept(said):
    started = time.monotonic()
    with wattest.run(model="m", unit="token") as run:
        for _ in range(10):
            run.work(2, input=3)
            time.sleep(0.06)
    assert time.monotonic() - started < 5
    assert (run.state, run.result) == ("new", None)
    assert len(said()) == 1 and "the agent is away" in said()[0]
    assert [kept["counts"] for kept in spooled()] == [{"units": 20, "accepted": 0, "input": 30}]


def test_what_a_script_kept_is_handed_over_by_the_next_of_the_same_labels_once(agent):
    agent.stop()
    script = "import wattest, sys\nwith wattest.run(model=sys.argv[1], unit='token', workload='w') as r: r.work(20, input=5)"
    env = {**os.environ, "PYTHONPATH": SOURCE}
    for model in ("m", "other"):
        done = subprocess.run([sys.executable, "-c", script, model], env=env, capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr.count("away") == 1, done.stderr
    agent.start()
    for expected in (21, 22):
        with wattest.run(model="m", unit="token", workload="w") as run:
            run.work(1)
        assert agent.counts["units"] == expected
    assert [kept["labels"]["model"] for kept in spooled()] == ["other"]


def test_an_agent_that_comes_late_gets_all_of_it(agent, said):
    agent.stop()
    with wattest.run(unit="token") as run:
        run.work(5)
        until("its work is kept", lambda: len(spooled()) == 1)
        agent.start()
        until("the run has begun", lambda: run.state == "begun")
        run.work(6)
    assert (agent.counts["units"], agent.stops, spooled()) == (11, [0], [])


def test_an_agent_that_starts_again_elsewhere_with_another_token_is_found(agent):
    with wattest.run(model="m", unit="token") as run:
        run.work(5)
        assert run.flush()
        agent.stop()
        run.work(6)
        agent.forget()
        agent.token = "another"
        agent.start()
        until("its new life knows the run", lambda: len(agent.begun) == 2)
        assert run.flush(5)
    assert agent.counts["units"] == 6
    assert agent.begun[0] == agent.begun[1]


def test_a_hanging_agent_costs_a_bounded_time(agent, monkeypatch, said):
    monkeypatch.setattr("wattest.runs.run._BEGIN_S", 0.3)
    monkeypatch.setattr("wattest.runs.run._END_S", 0.3)
    agent._lock.acquire()
    started = time.monotonic()
    try:
        with wattest.run(unit="token") as run:
            run.work(5)
        seconds, kept = time.monotonic() - started, spooled()
    finally:
        agent._lock.release()
    # A request waits 10 s for its answer; the script has waited for none.
    assert seconds < 8
    assert [left["counts"]["units"] for left in kept] == [5]
    assert any("did not take the end" in text for text in said())
    until("it is handed over after all, and its end", lambda: (agent.counts["units"], len(agent.stops)) == (5, 1))
    until("the courier has its answer", lambda: all(thread.name != "wattest" for thread in threading.enumerate()))


def test_a_device_that_meters_another_workload_is_left_alone(agent, said):
    agent.workload = "stranger"
    with wattest.run(unit="token") as run:
        run.work(5)
    assert (run.state, agent.counts["units"], agent.stops) == ("refused", 0, [])
    assert said() == ["wattest: the device meters another workload, stranger: this one is not metered"]


def test_within_a_metered_command_a_run_joins_and_does_not_end_it(agent, monkeypatch):
    agent.workload = "python"
    monkeypatch.setenv("WATTEST_WORKLOAD", "python")
    with wattest.run(unit="token") as run:
        run.work(5)
        with run.phase("decode"):
            until("the phase is told", lambda: "decode" in agent.phases)
        assert run.state == "joined"
    assert (agent.counts["units"], agent.stops, agent.workload) == (5, [], "python")


def test_a_workload_whose_process_was_killed_is_ended_by_the_next(agent):
    script = "import wattest, time\nwith wattest.run(unit='token', workload='killed') as r: time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": SOURCE})
    until("it has begun", lambda: (state_folder() / "workload.json").exists())
    with wattest.run(unit="token") as refused:
        assert refused.state == "refused", "its process lives"
    child.kill()
    child.wait()
    with wattest.run(unit="token") as run:
        run.work(1)
    assert agent.stops == [137, 0]
    assert [body["workload"] for body in agent.begun][0] == "killed"


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"url": 1}', '{"url": "file:///etc"}', '{"url": "http://[", "token": "a"}', "{" * 100_000]
    + ['{"url": "http://127.0.0.1:1", "token": "a\\nb"}', '{"url": "http://127.0.0.1:99999"}'],
)
def test_a_file_that_names_no_endpoint_is_said_and_breaks_nothing(tmp_path, said, text):
    (tmp_path / "endpoint.json").write_text(text)
    with wattest.run(unit="token") as run:
        run.work(1)
    assert run.state == "new" and len(said()) == 1 and "the agent is away" in said()[0]


def test_a_disk_that_takes_nothing_breaks_nothing(monkeypatch, tmp_path, said):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with wattest.run(unit="token") as run:
        run.work(1)
    assert len(said()) == 2 and "cannot be kept" in said()[1]
