"""Tests of the second verifier: `python3 -m unittest discover -s conformance/python -t conformance/python`."""

import json
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
CASES = REPOSITORY / "conformance" / "cases"


def vectors(name: str) -> Any:
    return json.loads((REPOSITORY / "test" / "vectors" / f"{name}.json").read_text("utf-8"))
