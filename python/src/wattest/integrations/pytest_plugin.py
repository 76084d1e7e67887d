"""pytest: the session as a metered run, whose unit is the test."""

from __future__ import annotations

from typing import Any, Iterator, Optional

import pytest

from ..runs.begin import run as begin
from ..runs.run import Run

_KEY = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wattest")
    group.addoption("--wattest", action="store_true", help="meter the session by the agent of this machine")
    group.addoption("--wattest-model", default="", help="the model that the session is about")
    group.addoption(
        "--wattest-max-joules", type=float, default=None, help="fail where the session certainly took more energy than so"
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.getoption("--wattest") or config.getoption("--wattest-max-joules") is not None:
        labels = {"model": config.getoption("--wattest-model"), "unit": "test", "workload": "pytest"}
        config.stash[_KEY] = begin(**labels).__enter__()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    metered = item.config.stash.get(_KEY, None)
    if metered is not None and report.when == "call":
        metered.step(1, accepted=int(report.passed))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    metered = session.config.stash.get(_KEY, None)
    if metered is None:
        return
    metered.__exit__(None, SystemExit(int(exitstatus)), None)
    if exitstatus == 0 and _excess(metered, session.config) is not None:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    metered = config.stash.get(_KEY, None)
    if metered is None:
        return
    terminalreporter.section("energy")
    result = metered.result
    terminalreporter.line(
        f"not metered: the run is {metered.state}"
        if result is None
        else f"{result.energy_joules:.1f} J ± {result.uncertainty_joules:.1f} J for {result.units} tests, "
        f"{result.accepted} of them passed; run {result.run}, root {result.root}"
    )
    excess = _excess(metered, config)
    if excess is not None:
        terminalreporter.line(excess, red=True)


def _excess(metered: Run, config: pytest.Config) -> Optional[str]:
    """Why the budget fails the session: not even the lower end of the interval keeps it, or nothing was metered."""
    budget = config.getoption("--wattest-max-joules")
    if budget is None:
        return None
    if metered.result is None:
        return f"a budget of {budget} J was set, and nothing was metered"
    least = metered.result.energy_joules - metered.result.uncertainty_joules
    return f"at least {least:.1f} J, more than the budget of {budget} J" if least > budget else None


@pytest.fixture
def wattest_run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """A metered run of one test; within ``--wattest`` the session's."""
    with begin(workload=request.node.name, unit="test") as metered:
        yield metered
