from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from agents.fake import FakeAgent
from agents.real import RealAgent, find_node

from wattest.agent import saying
from wattest.runs import run as runs


def until(what: str, holds: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited until {what}"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def own_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a state folder of its own, no agent, and nothing said yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("WATTEST_ENDPOINT", str(tmp_path / "endpoint.json"))
    for name in ("WATTEST_WORKLOAD", "RANK", "LOCAL_RANK", "SLURM_PROCID", "SLURM_LOCALID"):
        monkeypatch.delenv(name, raising=False)
    saying.forget_said()
    yield
    assert not runs._running, "a run was left open"
    for thread in threading.enumerate():
        if thread.name == "wattest":
            thread.join(10)
            assert not thread.is_alive(), "a courier of this test would tell the agent of the next"
    os.environ.pop("WATTEST_WORKLOAD", None)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[FakeAgent]:
    fake = FakeAgent(tmp_path)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture(scope="session")
def real_agent() -> Iterator[RealAgent]:
    """One for all tests: each has runs of its own."""
    node = find_node()
    if node is None:
        pytest.skip("no Node with the project's packages: run npm run setup first")
    served = RealAgent(Path(tempfile.mkdtemp(prefix="wattest-python-")), node)
    served.start()
    yield served
    served.close()


@pytest.fixture
def real(real_agent: RealAgent, monkeypatch: pytest.MonkeyPatch) -> RealAgent:
    monkeypatch.setenv("WATTEST_ENDPOINT", real_agent.endpoint)
    return real_agent


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], List[str]]:
    """Warnings so far."""
    return lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
