"""Each block of docs/python.md, as its reader runs it, beside a real agent."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from agents.real import ROOT

import wattest

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(<!-- in the repository's root -->\n)?```python\n(.*?)```", PAGE, re.DOTALL)
# These two need a chain: test/python/first-day.test.ts runs them.
OWN = [(root, block) for root, block in BLOCKS if "certify(" not in block and "glob(" not in block]


def test_the_page_has_blocks():
    assert len(BLOCKS) - len(OWN) == 2 and len(OWN) >= 8


@pytest.mark.parametrize(("in_root", "block"), OWN, ids=[str(i) for i in range(len(OWN))])
def test_a_block_runs(in_root, block, real, tmp_path):
    for package in ("mlflow", "codecarbon"):
        if f"import {package}\n" in block and not importlib.util.find_spec(package):
            pytest.skip(f"{package} is not installed: see .ci/run")
    node = f"{real.node} {ROOT / 'cli/src/main.ts'}"
    env = {
        **os.environ,
        **{"PYTHONPATH": str(Path(wattest.__file__).parents[1]), "WATTEST_ENDPOINT": real.endpoint},
        **{"WATTEST_PROVE": f"{node} prove", "WATTEST_VERIFY": f"{node} verify"},
        **{"MLFLOW_TRACKING_URI": (tmp_path / "mlruns").as_uri(), "MLFLOW_ALLOW_FILE_STORE": "true"},
    }
    words = [sys.executable, "-c", block]
    done = subprocess.run(words, cwd=ROOT if in_root else tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wattest: " not in done.stderr, "a warning"
