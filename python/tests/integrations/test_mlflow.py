"""MLflow's own package, its file store, and a real agent."""

from __future__ import annotations

import json

import pytest
from agents.real import ROOT, find_node

import wattest

mlflow = pytest.importorskip("mlflow", reason="mlflow-skinny is not installed: see .ci/run")
CASE = ROOT / "conformance" / "cases" / "expectation-central"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    mlflow.set_registry_uri((tmp_path / "mlruns").as_uri())
    yield tmp_path
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def judged(monkeypatch):
    node = find_node()
    if node is None:
        pytest.skip("no Node with the project's packages")
    monkeypatch.setenv("WATTEST_VERIFY", f"{node} {ROOT / 'cli/src/main.ts'} verify")


@pytest.fixture
def policy():
    policy = json.loads((CASE / "policy.json").read_text())
    del policy["expect"]
    return policy


def test_a_metered_run_has_a_page_with_numbers_tags_and_steps(store, real):
    from wattest.integrations import mlflow as bridge

    with bridge.run(model="llama3-8b", unit="token") as run:
        run_id = mlflow.active_run().info.run_id
        run.step(100)
        run.step(50)
        import time

        time.sleep(0.2)
    page = mlflow.get_run(run_id)
    assert mlflow.active_run() is None and page.info.status == "FINISHED"
    assert page.data.metrics["wattest.energy_joules"] == run.result.energy_joules > 0
    assert page.data.metrics["wattest.joules_per_unit"] == run.result.energy_joules / 150
    assert page.data.tags["wattest.root"] == run.result.root
    # By the plugin, which MLflow finds through the installed package alone.
    if _is_installed():
        assert (page.data.tags["wattest.model"], page.data.tags["wattest.unit"]) == ("llama3-8b", "token")


def _is_installed():
    from importlib.metadata import entry_points

    try:
        return any(point.name == "wattest" for point in entry_points(group="mlflow.run_context_provider"))
    except TypeError:
        return False


def test_the_plugin_speaks_within_a_run_alone(agent):
    from wattest.integrations.mlflow_context import WattestRunContext

    assert not WattestRunContext().in_context()
    with wattest.run(model="m", unit="token", versions={"a": "1"}):
        assert WattestRunContext().in_context()
        tags = WattestRunContext().tags()
    assert (tags["wattest.model"], tags["wattest.unit"]) == ("m", "token") and "wattest.versions" not in tags


def test_a_run_that_fails_is_logged_and_its_exception_passes(store, agent):
    from wattest.integrations import mlflow as bridge

    with pytest.raises(ValueError), bridge.run(unit="token"):
        run_id = mlflow.active_run().info.run_id
        raise ValueError
    assert mlflow.get_run(run_id).info.status == "FAILED"
    assert mlflow.get_run(run_id).data.metrics["wattest.energy_joules"] == 120


def test_without_an_agent_the_page_is_there_without_our_numbers(store):
    from wattest.integrations import mlflow as bridge

    with bridge.run(unit="token"):
        run_id = mlflow.active_run().info.run_id
    assert mlflow.get_run(run_id).data.metrics == {}


def test_a_model_is_registered_only_where_its_certificate_keeps_the_budget(store, judged, policy):
    from wattest.integrations import mlflow as bridge

    with mlflow.start_run() as active:
        bridge.log_certificate(CASE / "certificate.json")
        mlflow.log_text("flavors: {}", "model/MLmodel")
    client = mlflow.MlflowClient()
    run_id = active.info.run_id
    assert [file.path for file in client.list_artifacts(run_id, "wattest")] == [bridge.CERTIFICATE]
    with pytest.raises(wattest.ExpectationFailed):
        bridge.register_model(run_id, "model", policy=policy, bounds=["joules-per-token <= 5 J"], offline=True)
    assert client.search_registered_models() == []
    version = bridge.register_model(run_id, "model", policy=policy, bounds=["joules-per-token <= 6.9 J"], offline=True)
    tags = client.get_model_version("model", version.version).tags
    assert (tags["wattest.verdict"], tags["wattest.judge"]) == ("valid", "wattest verify")


def test_a_model_is_promoted_by_a_file_of_budgets_and_against_the_incumbent(store, judged, policy, monkeypatch):
    from wattest.integrations import mlflow as bridge

    monkeypatch.setenv("WATTEST_GATE", f"{find_node()} {ROOT / 'cli/src/main.ts'} gate")
    runs = []
    for _ in range(2):
        with mlflow.start_run() as active:
            bridge.log_certificate(CASE / "certificate.json")
            mlflow.log_text("flavors: {}", "model/MLmodel")
        runs.append(active.info.run_id)
    budget = store / "wattest.budget.yaml"

    def register(limit, **more):
        budget.write_text(f"version: 1\nbudgets: [{{name: chat, period: year, limits: [energy-per-work <= {limit} J/token]}}]\n")
        return bridge.register_model(runs[0], "model", policy=policy, budget=budget, offline=True, **more)

    client = mlflow.MlflowClient()
    with pytest.raises(wattest.PromotionRefused, match="refuse: over budget: chat"):
        register(5)
    with pytest.raises(wattest.ExpectationFailed, match="no certificate"):
        register(20, incumbent="0" * 32)
    budget.write_text("version: 2")
    with pytest.raises(wattest.PromotionRefused, match="unread"):
        bridge.register_model(runs[0], "model", policy=policy, budget=budget, offline=True)
    assert client.search_registered_models() == []
    version = register(20, incumbent=runs[1])
    tags = client.get_model_version("model", version.version).tags
    assert tags["wattest.promotion"] == "it takes as much energy as the incumbent, within uncertainty; within its budgets"


def test_a_model_without_a_certificate_is_not_registered(store, policy):
    from wattest.integrations import mlflow as bridge

    with mlflow.start_run() as active:
        mlflow.log_text("flavors: {}", "model/MLmodel")
    with pytest.raises(wattest.ExpectationFailed, match="no certificate"):
        bridge.register_model(active.info.run_id, "model", policy=policy)
    assert mlflow.MlflowClient().search_registered_models() == []
