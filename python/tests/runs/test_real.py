"""Against the real agent: what its archive says of runs that scripts stated."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from agents.real import WATTS
from conftest import until

import wattest

SOURCE = str(Path(wattest.__file__).parents[1])


def statement_of(agent, run):
    return agent.records()[run]["statement"]


def test_a_run_is_in_the_archive_with_its_labels_and_its_work(real):
    with wattest.run(model="llama3-8b", unit="token", workload="chat", quality_rule="exact match") as run:
        assert run.state == "begun"
        with run.phase("decode"):
            for _ in range(3):
                time.sleep(0.25)
                run.step(100, accepted=90, input=1000)
    statement = statement_of(real, run.result.run)
    assert (statement["model"], statement["unit"]) == ("llama3-8b", "token")
    assert (statement["context"]["workload"], statement["context"]["qualityRule"]) == ("chat", "exact match")
    registers = statement["registers"]
    assert [registers[name] for name in ("workUnits", "acceptedUnits", "inputUnits")] == ["300", "270", "3000"]
    assert (statement["workGrade"], statement["status"], "input" in statement["fed"]) == ("declared", "complete", True)
    result = run.result
    assert result.energy_joules == int(registers["energyMillijoules"]) / 1000
    assert result.energy_joules == pytest.approx(WATTS * result.seconds, abs=5)
    assert result.joules_per_unit == result.energy_joules / 300
    assert result.root == real.records()[result.run]["root"]
    steps = run.steps
    assert [step.units for step in steps] == [100, 100, 100]
    for step in steps:
        # The meter is read every 50 ms, so that either end of a step may be so late, and later on a busy machine.
        assert step.joules == pytest.approx(WATTS * (step.end_ms - step.start_ms) / 1000, abs=0.1 * WATTS)
    assert sum(step.joules for step in steps) < result.energy_joules


def test_a_failed_script_has_an_interrupted_run(real):
    with pytest.raises(ValueError), wattest.run(unit="token") as run:
        raise ValueError
    assert statement_of(real, run.result.run)["status"] == "interrupted"


def test_labels_that_the_agent_does_not_take_are_said(real, said):
    with wattest.run(model="x" * 257) as run:
        run.work(1)
    assert run.state == "refused"
    assert "refuses the workload" in said()[0]


def test_two_workloads_at_once_are_one_too_many(real, said):
    script = "import wattest, sys\nwith wattest.run(workload='first') as r: print(r.state, flush=True); sys.stdin.read()"
    env = {"PYTHONPATH": SOURCE, "WATTEST_ENDPOINT": real.endpoint, "HOME": str(real.folder)}
    child = subprocess.Popen([sys.executable, "-c", script], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"begun\n"
    with wattest.run(workload="second") as run:
        assert run.state == "refused"
    assert "the device meters another workload, first" in said()[0]
    child.communicate()
    assert child.returncode == 0


def test_an_agent_that_dies_and_comes_back_gets_what_was_kept(real, monkeypatch, said):
    with wattest.run(model="m", unit="token", workload="long") as run:
        run.work(5)
        assert run.flush()
        time.sleep(0.3)
        real.stop(kill=True)
        run.work(6)
        until("it is known to be away", lambda: len(said()) == 1)
        real.start()
        monkeypatch.setenv("WATTEST_ENDPOINT", real.endpoint)
        until("the workload goes on", lambda: run.flush(0.1))
    own = [record["statement"] for record in real.records() if record["statement"]["context"]["workload"] == "long"]
    assert [statement["registers"]["workUnits"] for statement in own] == ["5", "0", "6"]
    assert [statement["status"] for statement in own] == ["interrupted", "interrupted", "complete"]
    assert [before["endTimeMs"] for before in own[:-1]] == [after["startTimeMs"] for after in own[1:]][:1] + [
        own[1]["endTimeMs"]
    ]


def test_within_a_metered_command_a_script_joins(real):
    script = (
        "import wattest\n"
        "with wattest.run(model='mine', unit='other') as r:\n"
        "    r.work(7, input=70)\n"
        "    print(r.state, flush=True)\n"
    )
    words = real.words("run", "--home", str(real.home), "--config", str(real.config), "--model", "theirs", "--unit", "token")
    env = {"PYTHONPATH": SOURCE, "PATH": "/usr/bin:/bin", "HOME": str(real.folder)}
    before = len(real.records())
    done = subprocess.run([*words, "--", sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "joined\n"), done.stderr
    statement = next(
        record["statement"] for record in real.records()[before:] if record["statement"]["model"] == "theirs"
    )
    registers = statement["registers"]
    assert (statement["unit"], registers["workUnits"], registers["inputUnits"]) == ("token", "7", "70")
