"""MLflow: numbers of a metered run as metrics, its root as tags, its certificate as an artifact, and a gate before
a model is registered."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Sequence, Union
from weakref import WeakKeyDictionary

import mlflow

from ..documents.certificate import certificate
from ..documents.promotion import Promotion, PromotionRefused, promote
from ..documents.verdict import ExpectationFailed, Policy, Verdict, expect
from ..runs.begin import run as begin
from ..runs.result import Result
from ..runs.run import Run
from .numbers import PREFIX, metrics_of, result_in, tags_of

FOLDER = "wattest"
CERTIFICATE = f"{FOLDER}/certificate.json"


_pages: "WeakKeyDictionary[Run, str]" = WeakKeyDictionary()


@contextmanager
def run(**labels: Any) -> Iterator[Run]:
    """A metered run whose numbers go to the active MLflow run, or to one of its own."""
    run_id = ""
    try:
        with begin(**labels) as metered, nullcontext() if mlflow.active_run() else mlflow.start_run():
            run_id = _pages[metered] = _active_id()
            yield metered
    finally:
        if metered.result is not None and run_id:
            log_run(metered, run_id=run_id)


def log_run(
    metered: Union[Run, Result], *, document: Union[str, "os.PathLike[str]", None] = None, run_id: Optional[str] = None
) -> None:
    """Logs numbers, tags, the energy of each step, and the certificate where one is given."""
    result = result_in(metered)
    run_id = run_id or _active_id()
    client = mlflow.MlflowClient()
    for name, value in metrics_of(result).items():
        client.log_metric(run_id, name, value)
    for name, text in tags_of(result).items():
        client.set_tag(run_id, name, text)
    for step in metered.steps if isinstance(metered, Run) else ():
        if step.joules is not None:
            client.log_metric(run_id, f"{PREFIX}step_joules", step.joules, int(step.end_ms), step.number)
    if document is not None:
        log_certificate(document, run_id=run_id)


def _active_id() -> str:
    active = mlflow.active_run()
    if active is None:
        raise ValueError("no MLflow run is active: call mlflow.start_run first, or give run_id")
    return str(active.info.run_id)


def log_certificate(document: Union[str, "os.PathLike[str]"], *, run_id: Optional[str] = None) -> None:
    run_id = run_id or _active_id()
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / Path(CERTIFICATE).name
        named.write_bytes(Path(document).read_bytes())
        mlflow.MlflowClient().log_artifact(run_id, str(named), FOLDER)


def certify(metered: Run, **options: Any) -> Path:
    """Waits for the run's certificate, as `wattest.certificate` does, and puts it beside the run's numbers."""
    document = certificate(metered, **options)
    log_certificate(document, run_id=_pages.get(metered))
    return document


@contextmanager
def _certificate_of(run_id: str) -> Iterator[str]:
    """The certificate of an MLflow run as a file. Raises `ExpectationFailed` where it has none."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = mlflow.MlflowClient().download_artifacts(run_id, CERTIFICATE, folder)
        except Exception as error:  # Each artifact store has exceptions of its own.
            absent = Verdict("unread", None, f"run {run_id} has no certificate that can be read: {error}", "nobody")
            raise ExpectationFailed(absent) from None
        yield path


def judge_run(run_id: str, *, policy: Policy, bounds: Sequence[str] = (), offline: bool = False) -> Verdict:
    """Judges the certificate of an MLflow run. Raises `ExpectationFailed` unless it is valid and keeps the bounds."""
    with _certificate_of(run_id) as path:
        return expect(path, policy, *bounds, offline=offline)


def promote_run(
    run_id: str,
    *,
    policy: Policy,
    budget: Union[str, "os.PathLike[str]", None] = None,
    incumbent: Optional[str] = None,
    allow_regression: float = 0,
    offline: bool = False,
) -> Promotion:
    """Holds an MLflow run's certificate against a file of budgets, and against that of the run `incumbent`.

    Raises `PromotionRefused` unless the answer is ``promote``, and `ExpectationFailed` where one has no certificate.
    """
    options: Dict[str, Any] = {"budget": budget, "allow_regression": allow_regression, "offline": offline}
    with _certificate_of(run_id) as path, nullcontext() if incumbent is None else _certificate_of(incumbent) as other:
        decided = promote(path, policy, incumbent=other, **options)
    if not decided:
        raise PromotionRefused(decided)
    return decided


def register_model(
    run_id: str,
    name: str,
    *,
    policy: Policy,
    bounds: Sequence[str] = (),
    budget: Union[str, "os.PathLike[str]", None] = None,
    incumbent: Optional[str] = None,
    artifact_path: str = "model",
    offline: bool = False,
) -> Any:
    """Registers the model of an MLflow run once its certificate is judged; the version bears the verdict as tags.

    With a `budget` (a ``wattest.budget.yaml``) or the run of an `incumbent` it is registered only where ``wattest gate --promote``
    would promote it. Raises `ExpectationFailed` or `PromotionRefused`, and then registers nothing.
    """
    verdict = judge_run(run_id, policy=policy, bounds=bounds, offline=offline)
    tags = {"verdict": verdict.status, "judge": verdict.judge, "bounds": "; ".join(bounds)}
    if budget is not None or incumbent is not None:
        tags["promotion"] = promote_run(run_id, policy=policy, budget=budget, incumbent=incumbent, offline=offline).sentence
    version = mlflow.register_model(f"runs:/{run_id}/{artifact_path}", name)
    for tag, text in tags.items():
        mlflow.MlflowClient().set_model_version_tag(name, version.version, PREFIX + tag, text)
    return version
