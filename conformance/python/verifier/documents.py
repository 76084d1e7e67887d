"""From untrusted bytes to documents (section 7): length, text, JSON, spelling, kind and fields, in this order."""

import json
from typing import Any

from .expect.bound import parse_bound
from .format.canonical import parse_canonical
from .format.schema import check_schema, schema
from .format.words import FED
from .verdict import Rejection

Json = dict[str, Any]

PRESENTATION = "application/vnd.wattest.presentation.v1+json"
EXTRACT = "application/vnd.wattest.extract.v1+json"
JOB = "application/vnd.wattest.job.v1+ndjson"
MAX_CERTIFICATE_BYTES = 1 << 24


FOREIGN = {
    b"%PDF": "a PDF",
    b"PK": "a zip archive",
    b"\x1f\x8b": "compressed by gzip",
    b"SQLite": "an SQLite file",
    b"\x7fELF": "an ELF program",
    b"\x89PNG": "a PNG picture",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"\xef\xbb\xbf": "text with a byte order mark",
}


class NotForThisVerifier(Exception):
    """A document of the protocol that this verifier does not judge."""


def foreign_kind(data: bytes) -> str | None:
    """What other kind of file this plainly is: nobody made it pass for a document of the protocol."""
    if not data.strip(b" \t\n\v\f\r"):
        return "empty"
    return next((kind for start, kind in FOREIGN.items() if data.startswith(start)), None)


def parse_certificate(data: bytes) -> Json:
    """Raises Rejection with the code of what is wrong first, NotForThisVerifier where it is a presentation, an extract or a job."""
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise Rejection("DOCUMENT_TOO_LARGE", f"a certificate has at most {MAX_CERTIFICATE_BYTES} bytes")
    if _is_job(data):
        raise NotForThisVerifier("a job of several devices is not for this verifier, which judges certificates")
    certificate = _parse(data, "certificate")
    for run in certificate["runs"]:
        places = [FED.index(name) for name in run["statement"]["fed"]]
        _demand(places == sorted(places), "what is fed stands in the order of its bits")
    for document in certificate.get("vouchDocuments", []):
        check_vouch(document)
    return certificate


def _is_job(data: bytes) -> bool:
    """A job is lines, the first of which says so."""
    try:
        header = json.loads(data.split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and header.get("mediaType") == JOB


def parse_evidence_header(line: bytes) -> Json:
    return _parse(line, "evidence-header")


def parse_capture(line: bytes, kind: str) -> Json:
    """A capture of evidence: siblings stand in an excerpt, and only there."""
    capture = parse_canonical(line)
    check_schema(capture, schema("evidence-capture"), "capture")
    if kind == "excerpt" and "siblings" not in capture:
        raise Rejection("FIELD_MISSING", "capture.siblings is missing")
    if kind == "full" and "siblings" in capture:
        raise Rejection("FIELD_UNKNOWN", "capture.siblings is not part of full evidence")
    return capture


def check_vouch(document: Json) -> None:
    """What the schema of a vouch document cannot say: each sensor stands once, and meters each register once."""
    sensors = [sensor["id"] for sensor in document["sensors"]]
    entries = [(entry["sensor"], entry["role"]) for entry in document["metering"]]
    _demand(len(set(sensors)) == len(sensors), "a vouch document names each sensor once")
    _demand(len(set(entries)) == len(entries), "a vouch document takes each sensor for a register once")
    named = [("fingerprint" in sensor) == (sensor["channel"] == "authenticated") for sensor in document["sensors"]]
    _demand(all(named), "a vouch document names a peer where a channel is authenticated, and only there")
    _demand({sensor for sensor, _ in entries} <= set(sensors), "a vouch document describes each sensor that it takes")


def _parse(data: bytes, kind: str) -> Json:
    value = parse_canonical(data)
    rule = schema(kind)
    _demand(isinstance(value, dict), "a document is an object")
    if "mediaType" not in value:
        raise Rejection("FIELD_MISSING", "document.mediaType is missing")
    _demand(isinstance(value["mediaType"], str), "the media type is a text")
    if value["mediaType"] in (PRESENTATION, EXTRACT):
        raise NotForThisVerifier("a presentation or an extract is not for this verifier, which judges certificates")
    if value["mediaType"] != rule["properties"]["mediaType"]["const"]:
        raise Rejection("DOCUMENT_TYPE_UNKNOWN", "the media type is not one that this verifier knows")
    check_schema(value, rule)
    return value


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise Rejection("FIELD_MALFORMED", what)


def _refuse_twice(numbers: list[int], what: str) -> None:
    if len(set(numbers)) < len(numbers):
        raise Rejection("FIELD_MALFORMED", f"policy: a {what} is listed twice; make it one entry")


def parse_policy(data: bytes) -> Json:
    """A policy is its owner's: it may be spelt as he likes. Raises Rejection where it is not one."""
    try:
        policy = json.loads(data)
    except ValueError as error:
        raise Rejection("DOCUMENT_NOT_JSON", f"policy: {error}") from error
    check_schema(policy, schema("policy"), "policy")
    _refuse_twice([chain["chainId"] for chain in policy["chains"]], "chain")
    for chain in policy["chains"]:
        _refuse_twice([int(block["number"]) for block in chain["trustedBlocks"]], f"block of chain {chain['chainId']}")
    for text in policy.get("expect", {}).get("bounds", []):
        parse_bound(text)
    return policy
