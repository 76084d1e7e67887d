"""What the checks look at: a certificate and a policy, with what both give at once."""

from functools import cached_property
from typing import Any

from ..chain.block import Header, parse_header
from ..chain.trust import Blocks
from ..crypto.device_key import DeviceKey
from ..crypto.poseidon import poseidon
from ..format.words import json_digest, leaf, statement_digest, unhex

Json = dict[str, Any]


class Run:
    """One run of a certificate. Hashes are made when a check first asks for them, and once."""

    def __init__(self, document: Json, device: bytes) -> None:
        self._device = device
        self.number = int(document["run"])
        self.statement: Json = document["statement"]
        self.context: Json = self.statement["context"]
        self.plan: list[Json] = self.context["metering"]
        self.first: Json = document["firstCapture"]
        self.last: Json = document["lastCapture"]
        self.submission: Json = document["submission"]
        self.anchor: Json = document["anchor"]
        self.proof: Json | None = document.get("proof")
        self.captures_root = int(document["capturesRoot"], 16)
        self._salt = int(document["salt"], 16)

    @property
    def duration_ms(self) -> int:
        return self.statement["endTimeMs"] - self.statement["startTimeMs"]

    @property
    def is_whole_in_one_capture(self) -> bool:
        return self.statement["captures"] == 1

    @property
    def job_start(self) -> int | None:
        return int(self.context["jobStart"]) if "jobStart" in self.context else None

    def log_of(self, name: str) -> Any:
        """The log, or of `revised` the logs, that the anchor proof holds; None where it holds none."""
        return None if self.proof is None else self.proof.get(name)

    def register(self, name: str) -> int:
        return int(self.statement["registers"][name])

    @cached_property
    def leaves(self) -> tuple[int, int]:
        """Of the first and the last capture."""
        return leaf(self.first), leaf(self.last)

    @cached_property
    def root(self) -> int:
        return poseidon([statement_digest(self.statement, self._device, self.number, self._salt), self.captures_root])

    @cached_property
    def anchor_header(self) -> Header:
        """Raises ValueError where it is no header; asked for only where the certificate holds a proof."""
        assert self.proof is not None
        return parse_header(unhex(self.proof["anchored"]["header"]))


class Subject:
    def __init__(self, certificate: Json, policy: Json) -> None:
        self.policy = policy
        self.key = DeviceKey(certificate["device"]["scheme"], unhex(certificate["device"]["key"]))
        self.runs = [Run(document, self.key.id) for document in certificate["runs"]]
        documents: list[Json] = certificate.get("vouchDocuments", [])
        self.documents = {"0x" + json_digest(document).hex(): document for document in documents}
        self.blocks = Blocks(policy, self.runs[0].anchor["chainId"])

    def document_of(self, run: Run) -> Json | None:
        """The vouch document that a run names, where the certificate shows it."""
        return self.documents.get(run.context["vouchDocument"])
