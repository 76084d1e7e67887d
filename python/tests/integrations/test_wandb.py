"""W&B's own package, offline, with a real agent."""

from __future__ import annotations

import json
import time

import pytest

import wattest

wandb = pytest.importorskip("wandb", reason="wandb is not installed: the deep run has it")


@pytest.fixture
def offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    yield tmp_path
    wandb.teardown()


def test_numbers_are_in_the_summary_and_the_certificate_is_an_artifact(offline, real):
    from wattest.integrations.wandb import log_run

    certificate = offline / "run.certificate.json"
    certificate.write_text(json.dumps({"a": "certificate"}))
    with wandb.init(project="p") as page:
        with wattest.run(model="m", unit="sample") as run:
            time.sleep(0.2)
            run.step(32)
        time.sleep(0.1)
        log_run(run, certificate=certificate)
        assert page.summary["wattest.energy_joules"] == run.result.energy_joules > 0
        assert page.summary["wattest.root"] == run.result.root
        assert page.summary["wattest.step_joules"] > 0


def test_without_an_open_run_it_says_what_to_do(agent):
    from wattest.integrations.wandb import log_run

    with wattest.run(unit="sample") as run:
        pass
    with pytest.raises(ValueError, match="wandb.init"):
        log_run(run)
