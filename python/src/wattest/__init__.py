"""Energy evidence for AI workloads, from Python.

    with wattest.run(model="llama3-8b", unit="token") as run:
        run.work(512)
"""

from .documents.certificate import CertificateError, certificate
from .documents.promotion import Promotion, PromotionRefused, promote
from .documents.verdict import ExpectationFailed, Verdict, expect, verify
from .runs.begin import phase, run, track, work
from .runs.result import Result, Step
from .runs.run import PHASES, Run, current

__version__ = "0.1.0"

__all__ = [
    "PHASES",
    "CertificateError",
    "ExpectationFailed",
    "Promotion",
    "PromotionRefused",
    "Result",
    "Run",
    "Step",
    "Verdict",
    "certificate",
    "current",
    "expect",
    "phase",
    "promote",
    "run",
    "track",
    "verify",
    "work",
]
