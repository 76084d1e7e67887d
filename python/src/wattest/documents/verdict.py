"""Verdicts about certificates, and who gave them."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union

from .command import call, find_command
from .second import judge_in_python

PathLike = Union[str, "os.PathLike[str]"]
Policy = Union[PathLike, Mapping[str, Any]]

_TIMEOUT_S = 600.0


class ExpectationFailed(AssertionError):
    """A document does not hold what was expected of it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict))
        self.verdict = verdict


@dataclass(frozen=True)
class Quantity:
    """A number that the verifier computed, in its unit; `uncertainty` is expanded (k = 2)."""

    id: str
    value: float
    unit: str
    uncertainty: Optional[float]
    grade: str


@dataclass(frozen=True)
class Verdict:
    """True only where it is ``valid``: ``undetermined`` is never as good."""

    status: str
    """``valid``, ``invalid``, ``unaccepted``, ``undetermined``; ``unread`` where nothing was judged."""
    code: Optional[str]
    detail: Optional[str]
    judge: str
    """Who judged: ``wattest verify``, or ``second verifier`` where the command is absent."""
    findings: Tuple[str, ...] = ()
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    """Numbers by name. The second verifier gives none."""
    report: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.status == "valid"

    def __str__(self) -> str:
        parts = (self.status, self.code, None if self.detail is None else f"({self.detail})")
        return f"{' '.join(part for part in parts if part)}, says {self.judge}"


def verify(
    path: PathLike, policy: Policy, *, evidence: Sequence[PathLike] = (), expect: Sequence[str] = (), offline: bool = False
) -> Verdict:
    """Judges a document by what the policy believes, and by bounds such as ``energy-per-work <= 0.2 kWh/Mtoken``.

    `policy`: a file, or what would stand in one. ``wattest verify`` judges where there is one, else the second
    verifier, in Python: `Verdict.judge` says which. Documents never make it raise.
    """
    words = find_command("verify")
    if words is None:
        return _by_second(path, policy, evidence, expect)
    with policy_file(policy) as policy_path:
        options = [os.fspath(path), "--policy", policy_path, "--json"]
        options += [word for file in evidence for word in ("--evidence", os.fspath(file))]
        options += [word for bound in expect for word in ("--expect", bound)]
        said = call([*words, *options, *(["--offline"] if offline else [])], _TIMEOUT_S)
    try:
        return _verdict_of(json.loads(said.out), "wattest verify")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict("unread", None, said.reason, "wattest verify")


def expect(path: PathLike, policy: Policy, *bounds: str, evidence: Sequence[PathLike] = (), offline: bool = False) -> Verdict:
    """As `verify`, and raises `ExpectationFailed` unless the document is valid and keeps every bound."""
    verdict = verify(path, policy, evidence=evidence, expect=bounds, offline=offline)
    if not verdict:
        raise ExpectationFailed(verdict)
    return verdict


def _verdict_of(report: Mapping[str, Any], judge: str) -> Verdict:
    said = report["verdict"]
    numbers = [entry for entry in report.get("quantities", []) if entry.get("run") is None]
    return Verdict(
        status=said["status"],
        code=said.get("code"),
        detail=said.get("detail"),
        judge=judge,
        findings=tuple(dict.fromkeys(finding["code"] for finding in report.get("findings", []))),
        quantities={entry["id"]: _quantity_of(entry) for entry in numbers},
        report=report,
    )


def _quantity_of(entry: Mapping[str, Any]) -> Quantity:
    return Quantity(entry["id"], float(entry["value"]), entry["unit"], entry["uncertainty"], entry["grade"])


def _by_second(path: PathLike, policy: Policy, evidence: Sequence[PathLike], bounds: Sequence[str]) -> Verdict:
    judge = "second verifier"
    try:
        believed = dict(policy) if isinstance(policy, Mapping) else _read_policy(policy)
    except (OSError, ValueError) as error:
        return Verdict("unread", None, f"the policy cannot be read: {error}", judge)
    if bounds:
        expected: Dict[str, Any] = dict(believed.get("expect", {}))
        believed["expect"] = {**expected, "bounds": [*expected.get("bounds", []), *bounds]}
    with policy_file(believed) as policy_path:
        said = judge_in_python(os.fspath(path), policy_path, [os.fspath(file) for file in evidence])
    try:
        return _verdict_of(json.loads(said.out), judge)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict("unread", None, said.reason, judge)


def _read_policy(path: PathLike) -> Dict[str, Any]:
    with open(path, "rb") as file:
        value = json.load(file)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


class policy_file:
    """A policy as a file, for as long as it is judged by."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self._made = policy, ""

    def __enter__(self) -> str:
        if not isinstance(self._policy, Mapping):
            return os.fspath(self._policy)
        with tempfile.NamedTemporaryFile("w", suffix=".policy.json", delete=False, encoding="utf-8") as file:
            json.dump(dict(self._policy), file)
            self._made = file.name
        return self._made

    def __exit__(self, *_: object) -> None:
        if self._made:
            os.unlink(self._made)


