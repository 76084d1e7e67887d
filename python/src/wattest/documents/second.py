"""The second verifier, which was written in Python from the protocol's pages alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Optional, Sequence

from .command import Said, call

_NEEDS = "the second verifier needs Python 3.11 and the packages of wattest[verify]"


def _folder() -> Optional[Path]:
    """Where it lies in an installed package, or in a clone of the repository."""
    here = Path(__file__).resolve()
    for root in (here.parents[1] / "second", here.parents[4]):
        folder = root / "conformance" / "python"
        if (folder / "__main__.py").is_file():
            return folder
    return None


def judge_in_python(document: str, policy: str, evidence: Sequence[str]) -> Said:
    """Its answer for machines. It asks no network: blocks are those that the policy lists."""
    folder = _folder()
    if folder is None or sys.version_info < (3, 11):
        return Said(2, "", f"error: there is no wattest command, and {_NEEDS}")
    shown = [word for path in evidence for word in ("--evidence", path)]
    said = call([sys.executable, str(folder), document, "--policy", policy, *shown, "--json"], 600)
    if "ModuleNotFoundError" in said.err:
        return Said(2, "", f"error: there is no wattest command, and {_NEEDS}")
    return said
