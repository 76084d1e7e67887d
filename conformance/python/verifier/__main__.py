"""Judges for whoever compares a verifier of their own: `python -m verifier < documents.ndjson`.

A line in names files, `{"document", "policy", "evidence": [...]}`; a line out is `{"status", "code"}`. A policy that cannot
be read is `{"status": "policy", "code": null}`.
"""

import json
import sys
from pathlib import Path

from .cli import judge
from .documents import parse_policy
from .verdict import Rejection


def _judged(names: dict[str, str | list[str]]) -> dict[str, str | None]:
    try:
        policy = parse_policy(Path(str(names["policy"])).read_bytes())
    except Rejection:
        return {"status": "policy", "code": None}
    verdict = judge(Path(str(names["document"])).read_bytes(), policy, [Path(name) for name in names["evidence"]]).verdict
    return {"status": verdict.status, "code": verdict.code}


for line in sys.stdin:
    print(json.dumps(_judged(json.loads(line))))
