"""``python -m wattest``."""

from __future__ import annotations

import json

import pytest

import wattest
from wattest.__main__ import main


def test_status_and_stop_speak_with_the_agent(agent, capsys):
    assert main(["status"]) == 0
    assert json.loads(capsys.readouterr().out)["workload"] == "idle"
    assert main(["stop"]) == 1
    with wattest.run(workload="left"):
        assert main(["stop"]) == 0
    assert agent.stops[0] == 137


def test_without_an_agent_the_exit_code_is_3(capsys):
    assert main(["status"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("error: ") and "\nhint: " in said


@pytest.mark.parametrize("text", ["", "{}", '{"runs": []}', '{"runs": 1}', '{"runs": [{"statement": {}}]}'])
def test_what_is_no_certificate_is_refused(tmp_path, capsys, text):
    rows = tmp_path / "emissions.csv"
    rows.write_text("timestamp,project_name\n")
    assert main(["compare", str(rows), str(rows)]) == 1
    assert "has no row" in capsys.readouterr().err
    rows.write_text(
        "project_name,duration,energy_consumed,cpu_energy,gpu_energy,ram_energy,emissions\np,1,0.001,0,0,0,0\n"
    )
    (tmp_path / "c.json").write_text(text)
    assert main(["compare", str(rows), str(tmp_path / "c.json")]) == 1
    assert "is no certificate" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "absent"), str(tmp_path / "c.json")]) == 1
