import unittest

from verifier.crypto import ed25519, p256
from verifier.crypto.keccak import keccak256
from verifier.crypto.poseidon import FIELD_ORDER, poseidon

from . import vectors


class Poseidon(unittest.TestCase):
    def test_gives_the_known_answer_of_circomlib(self) -> None:
        known = 7853200120776062878684798364095072458815029376092732009249414926327459813530
        self.assertEqual(poseidon([1, 2]), known)

    def test_refuses_an_input_at_the_field_order_and_takes_the_one_below(self) -> None:
        with self.assertRaises(ValueError):
            poseidon([FIELD_ORDER, 0])
        self.assertNotEqual(poseidon([FIELD_ORDER - 1, 0]), poseidon([0, 0]))


class Keccak(unittest.TestCase):
    def test_pads_as_ethereum_does(self) -> None:
        self.assertEqual(keccak256(b"").hex(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")


class Ed25519(unittest.TestCase):
    def test_gives_each_vector_its_answer(self) -> None:
        for vector in vectors("ed25519"):
            with self.subTest(vector["comment"]):
                self.assertEqual(self._answer(vector), vector["expect"])

    def _answer(self, vector: dict[str, str]) -> str:
        key, message, signature = (bytes.fromhex(vector[name]) for name in ("key", "message", "signature"))
        if not ed25519.is_valid_key(key):
            return "key"
        return "valid" if ed25519.verify(key, message, signature) else "invalid"


class P256(unittest.TestCase):
    """Wycheproof-like bounds on one signature of a generated key."""

    ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

    def setUp(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        private = ec.derive_private_key(7, ec.SECP256R1())
        numbers = private.public_key().public_numbers()
        self.key = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        self.r, self.s = decode_dss_signature(private.sign(b"message", ec.ECDSA(SHA256())))

    def _accepts(self, r: int, s: int) -> bool:
        return p256.verify(self.key, b"message", r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def test_accepts_s_and_its_negative(self) -> None:
        self.assertTrue(self._accepts(self.r, self.s))
        self.assertTrue(self._accepts(self.r, self.ORDER - self.s))

    def test_refuses_numbers_outside_their_range(self) -> None:
        for r, s in ((0, self.s), (self.r, 0), (self.r, self.ORDER), (self.r, self.s + 1), (self.ORDER, self.s)):
            self.assertFalse(self._accepts(r, s))

    def test_refuses_a_key_off_the_curve_and_one_of_another_length(self) -> None:
        self.assertTrue(p256.is_valid_key(self.key))
        self.assertFalse(p256.is_valid_key(self.key[:-1] + bytes([self.key[-1] ^ 1])))
        self.assertFalse(p256.is_valid_key(self.key[:-1]))
        self.assertFalse(p256.is_valid_key(bytes(64)))


if __name__ == "__main__":
    unittest.main()
