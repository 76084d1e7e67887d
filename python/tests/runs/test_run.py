"""What a script says reaches the agent, and nothing that it says wrongly breaks it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest
from conftest import until

import wattest


def test_a_run_begins_with_its_labels_tells_its_work_and_ends(agent):
    with wattest.run(model="llama3-8b", unit="token", job="j1", quality_rule="bleu >= 30", versions={"a": "1"}) as run:
        assert run.state == "begun"
        run.work(120, accepted=100, input=900)
        run.work(30)
    assert agent.begun == [
        {
            **{"model": "llama3-8b", "unit": "token", "job": "j1", "qualityRule": "bleu >= 30", "versions": {"a": "1"}},
            "workload": agent.begun[0]["workload"],
        }
    ]
    assert agent.counts == {"units": 150, "accepted": 100, "input": 900}
    assert agent.stops == [0]
    assert (run.result.energy_joules, run.result.units, run.result.joules_per_unit) == (120, 150, 0.8)
    assert str(run.result.archive) == "/nowhere/archive"


def test_an_exception_passes_and_is_the_exit_status(agent):
    for error, status in ((ValueError("no"), 1), (SystemExit(7), 7), (SystemExit(None), 0), (KeyboardInterrupt(), 130)):
        with pytest.raises(type(error)), wattest.run(unit="token"):
            raise error
        assert agent.stops[-1] == status


def test_phases_nest_and_the_one_before_holds_again(agent):
    with wattest.run(unit="token") as run:
        with wattest.phase("prefill"):
            until("prefill is told", lambda: agent.phases[-1:] == ["prefill"])
            with run.phase("decode"):
                until("decode is told", lambda: agent.phases[-1:] == ["decode"])
            until("prefill again", lambda: agent.phases[-1:] == ["prefill"])
    assert agent.phases[-1] == "unspecified"


def test_async_forms_do_the_same(agent):
    @wattest.track(model="m", unit="token")
    async def serve():
        async with wattest.phase("decode"):
            wattest.work(5)
            await asyncio.sleep(0.05)
        return "done"

    async def two():
        async with wattest.run(unit="token") as run:
            run.work(2)

    assert asyncio.run(serve()) == "done"
    assert agent.begun[0]["workload"] == "serve"
    asyncio.run(two())
    assert agent.counts["units"] == 7
    assert "decode" in agent.phases


def test_track_meters_each_call_and_keeps_what_the_function_is(agent):
    @wattest.track
    def train(n):
        """Trains."""
        wattest.work(n)
        return n + 1

    assert [train(1), train(2)] == [2, 3]
    assert (train.__name__, train.__doc__) == ("train", "Trains.")
    assert [body["workload"] for body in agent.begun] == ["train", "train"]
    assert agent.counts["units"] == 3


def test_track_meters_a_generator_to_its_end(agent):
    @wattest.track
    def tokens():
        for i in range(3):
            wattest.work(1)
            yield i
        return "end"

    @wattest.track
    async def stream():
        for i in range(2):
            wattest.work(1)
            yield i

    async def read():
        return [i async for i in stream()]

    assert list(tokens()) == [0, 1, 2]
    assert asyncio.run(read()) == [0, 1]
    assert [body["workload"] for body in agent.begun] == ["tokens", "stream"]
    assert (agent.counts["units"], agent.stops) == (5, [0, 0])


def test_a_run_within_a_run_is_part_of_it(agent):
    with wattest.run(model="outer", unit="token") as outer:
        with wattest.run(model="inner") as inner:
            inner.work(3)
            assert inner.state == "joined"
        outer.work(4)
    assert [body["model"] for body in agent.begun] == ["outer"]
    assert agent.counts["units"] == 7
    assert len(agent.stops) == 1


def test_steps_keep_their_values_and_add_their_work(agent):
    with wattest.run(unit="sample") as run:
        run.step(32, loss=0.5)
        run.step(32, accepted=30, loss=0.25)
    assert agent.counts == {"units": 64, "accepted": 30, "input": 0}
    first, second = run.steps
    assert (first.number, first.units, first.values, second.values["loss"]) == (0, 32, {"loss": 0.5}, 0.25)
    assert first.end_ms == second.start_ms and first.joules is None


def test_accepted_units_wait_for_the_delivered_ones(agent, said):
    with wattest.run(unit="sample") as run:
        run.work(0, accepted=5)
        run.flush()
        run.work(10)
    assert agent.counts == {"units": 10, "accepted": 5, "input": 0}
    assert said() == []


class Tensor:
    def __float__(self):
        return 12.0


@pytest.mark.parametrize("units", ["many", -1, 0.5, None, 10**18, float("nan"), float("inf"), object()])
def test_what_is_no_count_is_said_once_and_breaks_nothing(agent, said, units):
    with wattest.run(unit="token") as run:
        run.work(units)
        run.work(units)
        run.work(Tensor())
    assert agent.counts["units"] == 12
    assert len(said()) == 1 and "10^17" in said()[0] or "no counts" in said()[0]


def test_an_unknown_phase_and_an_unknown_rule_are_said_once(agent, said):
    with wattest.run(unit="token") as run, run.phase("warm-up"):
        run.work(1)
    with wattest.run(unit="token", ranks="some") as silent:
        silent.work(5)
    assert (silent.state, agent.counts["units"]) == ("silent", 1)
    assert [text.split(":")[1] for text in said()] == [" no phase 'warm-up'", ' ranks is "first", "each" or a function of the rank, not \'some\'']


def test_work_in_no_run_is_nothing():
    wattest.work(5)
    with wattest.phase("train"):
        assert wattest.current() is None


def test_labels_that_the_agent_refuses_are_said_and_the_script_goes_on(agent, said):
    agent.refusal = (400, "body.model: at most 256 bytes")
    with wattest.run(model="x" * 300) as run:
        run.work(1)
    assert run.state == "refused" and run.result is None
    assert said() == ["wattest: the agent refuses the workload: body.model: at most 256 bytes"]


def test_a_lost_answer_counts_once(agent):
    agent.loses_answers = 2
    with wattest.run(unit="token") as run:
        run.work(7)
        assert run.flush(5)
    assert agent.counts["units"] == 7 and agent.loses_answers == 0


def test_a_call_costs_next_to_nothing_beside_a_step_of_a_millisecond(agent):
    """The ratio holds on a slow machine too: a call is compared with arithmetic of the same interpreter."""

    def seconds(work):
        started = time.perf_counter()
        for i in range(20_000):
            work(i)
        return time.perf_counter() - started

    def arithmetic(_):
        x = 0
        for i in range(60):
            x += i

    with wattest.run(unit="token") as run:
        calls = min(seconds(lambda _: run.work(1)) for _ in range(5))
    sums = min(seconds(arithmetic) for _ in range(5))
    # 60 additions take some 2 µs: twenty times that is less than 20 µs a call, at one tenth the speed still.
    assert calls < 5 * sums, f"{calls / sums:.2f} of 60 additions"
    assert agent.counts["units"] == 100_000


def test_a_script_that_leaves_its_run_open_ends_it_when_it_exits(agent):
    script = "import wattest; r = wattest.run(unit='token'); r.__enter__(); r.work(3)"
    done = subprocess.run([sys.executable, "-c", script], env=environment(agent), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (agent.counts["units"], agent.stops) == (3, [0])


def environment(agent):
    import os
    from pathlib import Path

    source = Path(wattest.__file__).parents[1]
    return {**os.environ, "PYTHONPATH": str(source), "WATTEST_ENDPOINT": str(agent.file)}
