"""P-256 as the precompile of EIP-7951 accepts it (section 2, "Device keys"): high s allowed."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256


def is_valid_key(key: bytes) -> bool:
    return len(key) == 64 and _load(key) is not None


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """ECDSA over SHA-256 of the message; signature is r ‖ s, each in [1, n - 1]."""
    public = _load(key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        if public is None:
            return False
        public.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _load(key: bytes) -> EllipticCurvePublicKey | None:
    """None where a coordinate is not below the prime, or the point is not on the curve."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b"\x04" + key)
    except ValueError:
        return None
