"""Canonical JSON, RFC 8785: one spelling for each document (section 2)."""

import json
from decimal import Decimal
from functools import partial
from typing import Any

from ..verdict import Rejection

MAX_DEPTH = 32
"""Deeper than any document of this protocol nests."""

_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_SPELLINGS = {code: _ESCAPES.get(code, f"\\u{code:04x}") for code in [*range(32), 34, 92]}


def parse_canonical(data: bytes) -> Any:
    """The value of a text in its one spelling.

    Raises Rejection: DOCUMENT_NOT_UTF8, DOCUMENT_NOT_JSON, DOCUMENT_NOT_CANONICAL, in this order.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Rejection("DOCUMENT_NOT_UTF8", f"byte {error.start} is no UTF-8") from error
    try:
        value = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)
        spelling = encode_canonical(value)
    except (RecursionError, OverflowError, UnicodeEncodeError) as error:
        raise Rejection(
            "DOCUMENT_NOT_CANONICAL", "what is too deep, too large or half a character has no spelling"
        ) from error
    except ValueError as error:
        raise Rejection("DOCUMENT_NOT_JSON", str(error)) from error
    if spelling != data:
        raise Rejection("DOCUMENT_NOT_CANONICAL", "the document is not in its one spelling")
    return value


def encode_canonical(value: Any) -> bytes:
    """RFC 8785 of a value that `json` gives. A text cut inside a character has none: UnicodeEncodeError."""
    return _spell(value, MAX_DEPTH).encode("utf-8")


def _spell(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return '"' + value.translate(_SPELLINGS) + '"'
    if depth == 0 and isinstance(value, dict | list):
        raise RecursionError
    if isinstance(value, dict):
        names = sorted(value, key=partial(str.encode, encoding="utf-16-be", errors="surrogatepass"))
        return "{" + ",".join(f"{_spell(name, depth)}:{_spell(value[name], depth - 1)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_spell(item, depth - 1) for item in value) + "]"
    if isinstance(value, float):
        return _spell_fraction(value)
    return "null" if value is None else json.dumps(value)


def _spell_fraction(value: float) -> str:
    """ECMAScript's Number::toString of a number that is no integer below 2^53."""
    number = Decimal(repr(value)).normalize()
    sign, figures, _ = number.as_tuple()
    digits = "".join(map(str, figures))
    point = number.adjusted() + 1
    minus = "-" if sign else ""
    if 0 < point <= 21:
        body = digits.ljust(point, "0")
        return minus + body[:point] + ("." + body[point:] if body[point:] else "")
    if -6 < point <= 0:
        return minus + "0." + "0" * -point + digits
    tail = "." + digits[1:] if digits[1:] else ""
    return f"{minus}{digits[0]}{tail}e{point - 1:+d}"


def _number(text: str) -> int | float:
    """JSON numbers are doubles; those that are integers below 2^53 are given as such."""
    value = float(text)
    if abs(value) == float("inf"):
        raise OverflowError(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
