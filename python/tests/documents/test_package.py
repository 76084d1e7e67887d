"""The package as its users install it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2]
CASE = PACKAGE.parent / "conformance" / "cases" / "expectation-central"


def test_the_wheel_is_typed_needs_nothing_and_brings_the_second_verifier(tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    build = "from setuptools.build_meta import build_wheel; print(build_wheel(__import__('sys').argv[1]))"
    shutil.rmtree(PACKAGE / "build", ignore_errors=True)  # A wheel would bring what an earlier build left there.
    made = subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=PACKAGE, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    metadata = next((tmp_path / "site").glob("*.dist-info/METADATA")).read_text()
    needs = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    assert needs and all("extra ==" in line for line in needs)
    assert "License-Expression: Apache-2.0" in metadata and "Requires-Python: >=3.9" in metadata
    assert (tmp_path / "site/wattest/py.typed").exists()
    if sys.version_info < (3, 11):
        return
    pytest.importorskip("Cryptodome", reason="no pycryptodomex: see .ci/run")
    script = "import sys, wattest; v = wattest.verify(*sys.argv[1:]); print(v.status, v.judge)"
    words = [sys.executable, "-c", script, str(CASE / "certificate.json"), str(CASE / "policy.json")]
    env = {"PYTHONPATH": str(tmp_path / "site"), "PATH": str(tmp_path)}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout == "valid second verifier\n", done.stderr
