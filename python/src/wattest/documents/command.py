"""The `wattest` command of this machine."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import List, Optional, Sequence


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """Its error line, without the word before it."""
        lines = [line[7:] for line in self.err.splitlines() if line.startswith("error: ")]
        return lines[0] if lines else (self.err.strip().splitlines() or [f"exit status {self.status}"])[-1]


_ALONE = {"verify": ["wattest-verify"], "prove": ["wattest-prove"], "gate": ["wattest-budget", "gate"]}
"""Programs that come without the others."""


def find_command(verb: str) -> Optional[List[str]]:
    """Words before the verb's own: WATTEST_VERIFY, WATTEST_PROVE or WATTEST_GATE, ``wattest`` in PATH or the program of its
    own, or what npx finds here without asking a registry; None where there is none."""
    named = os.environ.get(f"WATTEST_{verb.upper()}")
    if named:
        return shlex.split(named)
    if shutil.which("wattest"):
        return ["wattest", verb]
    if shutil.which(_ALONE[verb][0]):
        return list(_ALONE[verb])
    npx = shutil.which("npx")
    if npx and call([npx, "--no-install", "wattest", "--version"]).status == 0:
        return [npx, "--no-install", "wattest", verb]
    return None


def call(words: Sequence[str], timeout: Optional[float] = None) -> Said:
    """Runs a command to its end; one that cannot be run has status 127."""
    try:
        done = subprocess.run(
            list(words), capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return Said(124, "", f"error: {words[0]} did not end within {timeout} s")
    except OSError as error:
        return Said(127, "", f"error: {words[0]}: {error.strerror}")
    return Said(done.returncode, done.stdout, done.stderr)
