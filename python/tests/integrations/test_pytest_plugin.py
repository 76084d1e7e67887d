"""The plugin in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wattest

TESTS = "import pytest\ndef test_good(wattest_run): wattest_run.work(0)\ndef test_bad(): assert {}\n@pytest.mark.skip\ndef test_skipped(): pass\n"


@pytest.fixture
def session(tmp_path):
    def run(*options, passes=True):
        (tmp_path / "test_it.py").write_text(TESTS.format("True" if passes else "False"))
        env = {**os.environ, "PYTHONPATH": str(Path(wattest.__file__).parents[1]), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        plugin = ["-p", "wattest.integrations.pytest_plugin"]
        words = [sys.executable, "-m", "pytest", "-q", *plugin, "-p", "no:cacheprovider", *options, "test_it.py"]
        return subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)

    return run


def test_a_session_is_one_run_whose_unit_is_the_test(agent, session):
    done = session("--wattest", "--wattest-model", "m", passes=False)
    assert done.returncode == 1
    assert "120.0 J ± 3.0 J for 2 tests, 1 of them passed" in done.stdout
    assert agent.begun == [{"model": "m", "unit": "test", "workload": "pytest"}]
    assert (agent.counts["units"], agent.counts["accepted"], agent.stops) == (2, 1, [1])


def test_a_budget_fails_only_what_certainly_passes_it(agent, session):
    assert session("--wattest-max-joules", "117").returncode == 0
    done = session("--wattest-max-joules", "116.9")
    assert done.returncode == 1 and "at least 117.0 J, more than the budget of 116.9 J" in done.stdout


def test_a_budget_without_a_meter_fails(session):
    done = session("--wattest-max-joules", "1000")
    assert done.returncode == 1 and "nothing was metered" in done.stdout
    done = session("--wattest")
    assert done.returncode == 0 and "not metered: the run is new" in done.stdout


def test_without_the_option_the_fixture_meters_its_test_alone(agent, session):
    done = session()
    assert done.returncode == 0 and "energy" not in done.stdout
    assert [body["workload"] for body in agent.begun] == ["test_good"]


def test_by_a_real_agent(real, session):
    done = session("--wattest")
    assert done.returncode == 0, done.stdout
    assert real.records()[-1]["statement"]["context"]["workload"] == "pytest"
    assert real.records()[-1]["statement"]["registers"]["acceptedUnits"] == "2"
