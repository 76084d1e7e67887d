"""Ed25519 as the protocol reads it: RFC 8032 without the cofactor (section 2, "Device keys")."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PRIME = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, -1, PRIME) % PRIME

Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""

IDENTITY: Point = (0, 1, 1, 0)


def is_valid_key(key: bytes) -> bool:
    """Canonical, on the curve, and of order exactly L: neither of small nor of mixed order."""
    point = _decode(key) if len(key) == 32 else None
    return point is not None and not _is_identity(point) and _is_identity(_multiply(GROUP_ORDER, point))


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """True where S < L and encode([S]B - [k]A) equals R byte for byte. `key` is one that `is_valid_key` accepts."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _decode(key: bytes) -> Point | None:
    encoded = int.from_bytes(key, "little")
    sign, y = encoded >> 255, encoded & (2**255 - 1)
    if y >= PRIME:
        return None
    numerator, denominator = (y * y - 1) % PRIME, (CURVE_D * y * y + 1) % PRIME
    square = numerator * pow(denominator, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x * x % PRIME != square or (x == 0 and sign == 1):
        return None
    x = PRIME - x if x & 1 != sign else x
    return x, y, 1, x * y % PRIME


def _is_identity(point: Point) -> bool:
    return point[0] % PRIME == 0 and (point[1] - point[2]) % PRIME == 0


def _multiply(scalar: int, point: Point) -> Point:
    result = IDENTITY
    for bit in format(scalar, "b"):
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


def _add(left: Point, right: Point) -> Point:
    """The complete addition law of RFC 8032, section 5.1.4."""
    a = (left[1] - left[0]) * (right[1] - right[0]) % PRIME
    b = (left[1] + left[0]) * (right[1] + right[0]) % PRIME
    c = 2 * CURVE_D * left[3] * right[3] % PRIME
    d = 2 * left[2] * right[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME
