"""Verdicts by the command and by the second verifier, on the suite's own cases."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest
from agents.real import ROOT, find_node

import wattest

CASES = ROOT / "conformance" / "cases"
VALID = CASES / "expectation-central"


def by_command(monkeypatch, tmp_path):
    node = find_node()
    if node is None:
        pytest.skip("no Node with the project's packages")
    monkeypatch.setenv("WATTEST_VERIFY", f"{node} {ROOT / 'cli/src/main.ts'} verify")
    return "wattest verify"


def by_python(monkeypatch, tmp_path):
    if sys.version_info < (3, 11) or not importlib.util.find_spec("cryptography") or not importlib.util.find_spec("Cryptodome"):
        pytest.skip("no Python 3.11 with cryptography and pycryptodomex")
    monkeypatch.delenv("WATTEST_VERIFY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return "second verifier"


@pytest.fixture(params=[by_command, by_python])
def judge(request, monkeypatch, tmp_path):
    return request.param(monkeypatch, tmp_path)


def test_a_certificate_is_valid_and_one_with_another_root_is_not(judge):
    verdict = wattest.verify(VALID / "certificate.json", VALID / "policy.json", offline=True)
    assert verdict and (verdict.status, verdict.judge) == ("valid", judge)
    assert "WORK_DECLARED" in verdict.findings
    refused = CASES / "anchor-of-other-root"
    verdict = wattest.verify(refused / "certificate.json", refused / "policy.json", offline=True)
    expected = json.loads((refused / "case.json").read_text())["expect"]
    assert not verdict and (verdict.status, verdict.code) == (expected["status"], expected["code"])


def test_what_is_expected_decides(judge):
    policy = json.loads((VALID / "policy.json").read_text())
    del policy["expect"]
    keep = wattest.expect(VALID / "certificate.json", policy, "joules-per-token <= 6.9 J", offline=True)
    assert keep.status == "valid"
    with pytest.raises(wattest.ExpectationFailed) as failed:
        wattest.expect(VALID / "certificate.json", policy, "joules-per-token <= 5 J", offline=True)
    assert (failed.value.verdict.status, failed.value.verdict.code) == ("unaccepted", "EXPECTATION_NOT_MET")
    assert judge in str(failed.value)


def test_what_is_no_document_is_unread_and_never_raises(judge, tmp_path):
    (tmp_path / "empty.json").write_text("")
    for path in (tmp_path / "absent.json", tmp_path / "empty.json"):
        verdict = wattest.verify(path, VALID / "policy.json")
        assert not verdict and verdict.status != "valid", verdict
    assert not wattest.verify(VALID / "certificate.json", tmp_path / "empty.json")
    assert not wattest.verify(VALID / "certificate.json", {"mediaType": "other"})


def test_the_command_gives_numbers_with_their_uncertainty(monkeypatch, tmp_path):
    by_command(monkeypatch, tmp_path)
    verdict = wattest.verify(VALID / "certificate.json", VALID / "policy.json", offline=True)
    energy = verdict.quantities["energy"]
    assert (energy.value, energy.unit, energy.grade) == (27400, "J", "measured")
    assert energy.uncertainty == pytest.approx(3127, abs=1)


def test_without_any_judge_nothing_is_valid(monkeypatch, tmp_path):
    monkeypatch.delenv("WATTEST_VERIFY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("wattest.documents.second._folder", lambda: None)
    verdict = wattest.verify(VALID / "certificate.json", VALID / "policy.json")
    assert (verdict.status, bool(verdict)) == ("unread", False)
    assert "no wattest command" in verdict.detail


def test_a_judge_that_says_nothing_that_can_be_read_has_not_judged(monkeypatch, tmp_path):
    for script in ("exit 0", "echo '{}'", "echo '[]'", "echo '{\"verdict\":\"valid\"}'", "exit 4"):
        command = tmp_path / "verify.sh"
        command.write_text(f"#!/bin/sh\n{script}\n")
        os.chmod(command, 0o755)
        monkeypatch.setenv("WATTEST_VERIFY", str(command))
        assert wattest.verify("a.json", "b.json").status == "unread"


def test_a_run_without_an_end_has_no_certificate():
    run = wattest.run()
    with pytest.raises(wattest.CertificateError, match="no end"):
        wattest.certificate(run)


def test_a_certificate_that_cannot_be_made_says_why(monkeypatch, tmp_path):
    from wattest.runs.result import result_of

    from agents.fake import FakeAgent

    result = result_of(FakeAgent(Path(tmp_path))._summary())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WATTEST_PROVE", raising=False)
    with pytest.raises(wattest.CertificateError, match="no wattest command"):
        wattest.certificate(result)
    monkeypatch.setenv("WATTEST_PROVE", "false")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(wattest.CertificateError, match="exit status 1"):
        wattest.certificate(result)
