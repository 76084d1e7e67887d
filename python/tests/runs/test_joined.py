"""Runs that another process began: who joined one gets its certificate too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import wattest
from wattest.runs.joined import Joined, joined_by

SOURCE = str(Path(wattest.__file__).parents[1])

CHILD = """
import sys, wattest
with wattest.run(workload="train", unit="token", ranks="each") as run:
    run.work(5)
print(run.state, flush=True)
sys.stdin.readline()
print(wattest.certificate(run, wait_seconds=20, out="c.json"), flush=True)
"""


@pytest.fixture
def prover(tmp_path, monkeypatch):
    """A command that says what it was asked for."""
    script = tmp_path / "prove.py"
    script.write_text(f"import json, sys; open({str(tmp_path / 'asked')!r}, 'w').write(json.dumps(sys.argv[1:]))")
    monkeypatch.setenv("WATTEST_PROVE", f"{sys.executable} {script}")
    return lambda: json.loads((tmp_path / "asked").read_text())


def test_a_process_that_joined_waits_for_the_end_and_gets_the_certificate(real, prover, tmp_path, monkeypatch):
    env = {"RANK": "1", "LOCAL_RANK": "1", "PYTHONPATH": SOURCE, "HOME": str(tmp_path), "WATTEST_ENDPOINT": real.endpoint}
    env["WATTEST_PROVE"] = os.environ["WATTEST_PROVE"]
    with wattest.run(workload="train", unit="token") as run:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
        )
        assert child.stdout.readline() == "ended\n"
        child.stdin.write("\n")
        child.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)  # The run goes on.
    assert child.communicate(timeout=30)[0] == "c.json\n"
    asked = prover()
    assert run.result.units == 5
    options = dict(zip(asked[1::2], asked[2::2]))
    assert (options["--runs"], options["--device"]) == (str(run.result.run), run.result.device)
    assert options["--archive"] == str(real.home / "archive") == str(run.result.archive)


def test_a_run_within_a_run_has_the_certificate_of_the_outer_one(real, prover):
    with wattest.run(unit="token") as outer, wattest.run() as inner:
        with pytest.raises(wattest.CertificateError, match="leave it first"):
            wattest.certificate(inner)
    assert inner.result is None
    wattest.certificate(inner)
    assert prover()[prover().index("--runs") + 1] == str(outer.result.run)


def test_a_run_that_never_ends_is_said(real, prover, monkeypatch):
    joined = Joined("0x" + "ab" * 32, real.home / "archive", 7)
    run = wattest.run()
    monkeypatch.setattr(wattest.Run, "joined", property(lambda _: joined))
    with pytest.raises(wattest.CertificateError, match="run 7, which this process joined, has not ended"):
        wattest.certificate(run, wait_seconds=0)


def test_a_workload_that_was_cut_has_all_of_its_runs(tmp_path):
    def close(run, status, start):
        folder = tmp_path / ("ab" * 32) / f"{run:020d}"
        folder.mkdir(parents=True)
        record = {"statement": {"status": status, "context": {"jobStart": str(start)}}}
        (folder / "run.json").write_text(json.dumps(record))

    joined = Joined("0x" + "ab" * 32, tmp_path, 8)
    assert joined.wait(0) is None
    close(8, "continued", 7)
    assert joined.wait(0) is None
    close(9, "continued", 7)
    close(10, "complete", 7)
    assert joined.wait(0) == (7, 10)
    close(11, "complete", 11)
    assert joined.wait(0) == (7, 10)


@pytest.mark.parametrize("status", [{}, {"run": None}, {"run": "x", "device": "0x", "archive": "/"}, {"run": "1", "device": 2}])
def test_a_status_that_names_no_run_names_none(status):
    assert joined_by(status) is None
