"""CodeCarbon's own package beside a real agent, and its output read."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from agents.fake import FakeAgent

import wattest
from wattest.integrations.codecarbon import compare, read_emissions
from wattest.runs.result import result_of

HEADER = (
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,"
    "cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,cpu_model,gpu_model,tracking_mode"
)
ROW = "2026-11-26T02:00:00,p,r,e,2.0,0.00001,0,0,0,0,0.00002,0,0.00001,0.00003,Norway,EPYC,,machine"


def written(tmp_path, *rows):
    path = tmp_path / "emissions.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def test_beside_a_real_agent_both_numbers_stand_in_one_table(real, tmp_path):
    codecarbon = pytest.importorskip("codecarbon", reason="codecarbon is not installed: see .ci/run")
    options = {"output_dir": str(tmp_path), "country_iso_code": "NOR", "log_level": "error", "measure_power_secs": 1}
    with wattest.run(model="m", unit="step") as run:
        with codecarbon.OfflineEmissionsTracker(allow_multiple_runs=True, save_to_file=True, **options):
            time.sleep(1.2)
        run.work(10)
    (emissions,) = read_emissions(tmp_path / "emissions.csv")
    assert emissions.country == "Norway" and emissions.joules > 0
    comparison = compare(emissions, run.result)
    table = comparison.table()
    assert f"{run.result.energy_joules:.1f} ± {run.result.uncertainty_joules:.1f}" in table
    assert f"{emissions.joules:.1f}" in table
    # Our meter draws 500 W whatever the machine does: what CodeCarbon models is something else, and the table says so.
    assert not comparison.agrees and "They differ" in table and "boundary: CodeCarbon sums" in table


def test_the_row_is_read_in_joules_and_grams(tmp_path):
    (row,) = read_emissions(written(tmp_path, ROW))
    assert (row.joules, row.cpu_joules, row.ram_joules, row.gpu_joules) == pytest.approx((108, 72, 36, 0))
    assert (row.grams, row.seconds, row.mode) == (pytest.approx(0.01), 2, "machine")


def test_they_agree_exactly_where_the_difference_is_within_our_uncertainty(tmp_path):
    (row,) = read_emissions(written(tmp_path, ROW))
    result = replace(result_of(FakeAgent(Path(tmp_path))._summary()), energy_joules=111.0, uncertainty_joules=3.0)
    assert compare(replace(row, joules=108.0), result).agrees
    assert not compare(replace(row, joules=107.9), result).agrees
    assert any("GPU: CodeCarbon saw none" in reason for reason in compare(row, result).reasons())
    longer = compare(replace(row, seconds=3.0), result)
    assert longer.reasons()[0].startswith("time: ") and not compare(row, result).reasons()[0].startswith("time: ")


@pytest.mark.parametrize("row", ["a,b,c", ROW.replace("0.00003", "much")])
def test_what_codecarbon_never_wrote_is_refused_with_its_row(tmp_path, row):
    with pytest.raises(ValueError, match=r"emissions\.csv:3: no row"):
        read_emissions(written(tmp_path, ROW, row))


def test_the_command_prints_the_table(tmp_path):
    path = written(tmp_path, ROW)
    certificate = Path(__file__).parents[3] / "conformance/cases/expectation-central/certificate.json"
    words = [sys.executable, "-m", "wattest", "compare", str(path), str(certificate)]
    env = {"PYTHONPATH": str(Path(wattest.__file__).parents[1])}
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "27400.0 ± 3127.3" in done.stdout and "108.0" in done.stdout and "not judged" in done.stdout
