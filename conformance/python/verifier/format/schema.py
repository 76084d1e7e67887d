"""The JSON Schemas that the project publishes in docs/schemas, and the words in which a document breaks one.

Of JSON Schema this reads what those files use. Their `$comment` bounds a value where the language has no word for it.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from ..crypto.poseidon import FIELD_ORDER
from ..verdict import Rejection

SCHEMAS = Path(__file__).resolve().parents[4] / "docs" / "schemas"
Schema = dict[str, Any]


@cache
def schema(kind: str) -> Schema:
    """The schema of one kind of document, such as `certificate`."""
    published: Schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
    return published


def check_schema(value: Any, rule: Schema, where: str = "document") -> None:
    """Raises Rejection: FIELD_MISSING, FIELD_UNKNOWN, FIELD_MALFORMED, NUMBER_OUT_OF_RANGE, TEXT_NOT_NORMALISED."""
    if "anyOf" in rule:
        _check_choice(value, rule["anyOf"], where)
    elif "const" in rule or "enum" in rule:
        allowed = rule.get("enum", [rule.get("const")])
        _demand(isinstance(value, str) and value in allowed, where, f"is none of {', '.join(allowed)}")
    else:
        CHECKS[rule["type"]](value, rule, where)


def _check_choice(value: Any, choices: list[Schema], where: str) -> None:
    """Every choice of these schemas is between null and one other shape."""
    if value is None and any(choice.get("type") == "null" for choice in choices):
        return
    check_schema(value, next(choice for choice in choices if choice.get("type") != "null"), where)


def _check_object(value: Any, rule: Schema, where: str) -> None:
    """In the order of the schema: what is missing or malformed there counts before what comes after it."""
    _demand(isinstance(value, dict), where, "is no object")
    fields, others = rule.get("properties", {}), rule.get("additionalProperties", False)
    unknown = [name for name in value if name not in fields]
    if unknown and others is False:
        raise Rejection("FIELD_UNKNOWN", f"{where}.{_shown(unknown[0])} is not part of this document")
    for name, field in fields.items():
        if name in value:
            check_schema(value[name], field, f"{where}.{name}")
        elif name in rule["required"]:
            raise Rejection("FIELD_MISSING", f"{where}.{name} is missing")
    _demand(len(value) <= rule.get("maxProperties", len(value)), where, "has too many fields")
    for name in unknown:
        _check_text(name, where)
        check_schema(value[name], others, f"{where}.{_shown(name)}")


def _check_array(value: Any, rule: Schema, where: str) -> None:
    _demand(isinstance(value, list), where, "is no array")
    _demand(rule.get("minItems", 0) <= len(value) <= rule["maxItems"], where, "has too few or too many items")
    for index, item in enumerate(value):
        check_schema(item, rule["items"], f"{where}[{index}]")
    _demand(not rule.get("uniqueItems") or len(set(value)) == len(value), where, "holds one item twice")


def _check_integer(value: Any, rule: Schema, where: str) -> None:
    _demand(isinstance(value, int) and not isinstance(value, bool), where, "is no integer")
    _demand(rule["minimum"] <= value <= rule["maximum"], where, "lies outside its range")
    _demand(value % rule.get("multipleOf", 1) == 0, where, f"is no multiple of {rule.get('multipleOf')}")


def _check_string(value: Any, rule: Schema, where: str) -> None:
    _demand(isinstance(value, str), where, "is no text")
    if "pattern" not in rule or "UTF-8" in rule.get("$comment", ""):
        _check_text(value, where)
    _demand(len(value) <= rule.get("maxLength", len(value)), where, "is too long")
    _demand(
        re.fullmatch(rule.get("pattern", ".*").strip("^$"), value, re.ASCII | re.DOTALL) is not None,
        where,
        "is malformed",
    )
    _check_bound(value, rule.get("$comment", ""), where)


def _check_boolean(value: Any, rule: Schema, where: str) -> None:
    _demand(isinstance(value, bool), where, "is neither true nor false")


def _check_null(value: Any, rule: Schema, where: str) -> None:
    _demand(value is None, where, "is not null")


CHECKS = {
    "object": _check_object,
    "array": _check_array,
    "integer": _check_integer,
    "string": _check_string,
    "boolean": _check_boolean,
    "null": _check_null,
}


def _check_bound(value: str, bound: str, where: str) -> None:
    if bound.startswith("at most "):
        _demand(len(value.encode()) <= int(bound.split()[2]), where, f"has more than {bound[8:]}")
    elif bound.startswith("below "):
        limit = FIELD_ORDER if bound == "below the field order" else 2 ** int(bound.removeprefix("below 2^"))
        if int(value, 0 if value.startswith("0x") else 10) >= limit:
            raise Rejection("NUMBER_OUT_OF_RANGE", f"{where} is not {bound}")


def _check_text(value: str, where: str) -> None:
    if not unicodedata.is_normalized("NFC", value):
        raise Rejection("TEXT_NOT_NORMALISED", f"{where} is not in normal form C")


def _demand(condition: bool, where: str, what: str) -> None:
    if not condition:
        raise Rejection("FIELD_MALFORMED", f"{where} {what}")


def _shown(name: str) -> str:
    """A field's name is the document's word: no more of it is repeated than helps to find it."""
    return name[:40]
