"""Whether a model may take the place of another, by what their certificates and the budgets say."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional

from .command import call, find_command
from .verdict import PathLike, Policy, policy_file

_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Promotion:
    """True only where it is ``promote``."""

    decision: str
    """``promote``, ``refuse``, ``unknown``; ``unread`` where nothing was judged."""
    change: Optional[str]
    """How it stands to the incumbent: ``better``, ``tie``, ``worse, as allowed``, ``worse``; None without one."""
    sentence: str
    report: Mapping[str, Any]

    def __bool__(self) -> bool:
        return self.decision == "promote"


class PromotionRefused(AssertionError):
    """A model may not be promoted, or nobody knows."""

    def __init__(self, promotion: Promotion) -> None:
        super().__init__(f"{promotion.decision}: {promotion.sentence}")
        self.promotion = promotion


def promote(
    candidate: PathLike,
    policy: Policy,
    *,
    budget: Optional[PathLike] = None,
    incumbent: Optional[PathLike] = None,
    allow_regression: float = 0,
    offline: bool = False,
) -> Promotion:
    """Holds a certificate against the budgets that select its runs, and against the incumbent's certificate.

    ``wattest gate --promote`` decides. `budget`: the file, ``wattest.budget.yaml`` of this folder unless given.
    `allow_regression`: percent that it may take more. Documents never make it raise.
    """
    words = find_command("gate")
    if words is None:
        return Promotion("unread", None, "there is no wattest command: npm install --global wattest, or name one in WATTEST_GATE", {})
    with policy_file(policy) as policy_path:
        options: List[str] = ["--promote", os.fspath(candidate), "--policy", policy_path, "--json"]
        options += [] if budget is None else ["--budget", os.fspath(budget)]
        options += [] if incumbent is None else ["--incumbent", os.fspath(incumbent)]
        options += ["--allow-regression", f"{allow_regression:.6f}"] if allow_regression else []
        said = call([*words, *options, *(["--offline"] if offline else [])], _TIMEOUT_S)
    try:
        report = json.loads(said.out)
        return Promotion(report["decision"], report["change"], report["sentence"], report)
    except (ValueError, KeyError, TypeError):
        return Promotion("unread", None, said.reason, {})
