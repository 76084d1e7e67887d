"""COMMAND DOCUMENT --policy FILE [--evidence FILE]... --offline --json, as conformance/README.md asks of a verifier."""

import argparse
import json
import sys
from pathlib import Path

from .certificate import Judged, verify_certificate
from .documents import NotForThisVerifier, foreign_kind, parse_policy
from .evidence import verify_evidence
from .verdict import EXIT_CODES, Rejection, Verdict, worse

USAGE_ERROR = 2


def main(arguments: list[str]) -> int:
    """Prints the verdict and returns the exit status that says it."""
    options = _parse(arguments)
    try:
        policy = parse_policy(options.policy.read_bytes())
        document = options.document.read_bytes()
        if (kind := foreign_kind(document)) is not None:
            raise NotForThisVerifier(f"the document is {kind}")
        judged = judge(document, policy, options.evidence)
    except (OSError, Rejection, NotForThisVerifier) as error:
        print(f"error: {error}\nhint: name a certificate, a policy and evidence that can be read", file=sys.stderr)
        return USAGE_ERROR
    _print(judged, options.json)
    return EXIT_CODES[judged.verdict.status]


def judge(document: bytes, policy: dict, evidence: list[Path]) -> Judged:
    """Certificate and evidence each have a verdict, and the worse one decides. No evidence is read after a refusal."""
    judged = verify_certificate(document, policy)
    if judged.subject is None:
        return judged
    shown = set()
    for path in evidence:
        with path.open("rb") as stream:
            part = verify_evidence(stream, judged.subject)
        judged.verdict = worse(judged.verdict, part.verdict)
        shown.add(part.full_of)
    if "evidence" in policy["require"] and {run.number for run in judged.subject.runs} - shown:
        judged.verdict = worse(
            judged.verdict, Verdict("undetermined", "EVIDENCE_ABSENT", "not every run has full evidence")
        )
    return judged


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verifier", description="Judges one certificate of the Wattest protocol, version 1."
    )
    parser.add_argument("document", type=Path, help="the certificate")
    parser.add_argument("--policy", type=Path, required=True, help="what you believe, as JSON")
    parser.add_argument(
        "--evidence", type=Path, action="append", default=[], help="captures of one run; may be repeated"
    )
    parser.add_argument(
        "--offline", action="store_true", help="this verifier never asks a network; accepted for the runner"
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    return parser.parse_args(arguments)


def _print(judged: Judged, as_json: bool) -> None:
    """JSON escapes every character beyond ASCII, so that no label can steer a terminal."""
    verdict = {"status": judged.verdict.status, "code": judged.verdict.code, "detail": judged.verdict.detail}
    findings = [{"code": code} for code in judged.findings]
    if as_json:
        print(json.dumps({"verdict": verdict, "findings": findings}))
        return
    print(" ".join(filter(None, (judged.verdict.status, judged.verdict.code))))
    for finding in judged.findings:
        print(f"finding {finding}")
