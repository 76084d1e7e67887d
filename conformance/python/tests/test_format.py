import json
import unittest
from typing import Any

from verifier.checks.signed import submission_message
from verifier.crypto.poseidon import poseidon
from verifier.format.canonical import encode_canonical, parse_canonical
from verifier.format.merkle import Frontier, climb, tree_root
from verifier.format.words import (
    BOUNDARIES,
    CLOCKS,
    FED,
    GAUGES,
    GRADES,
    ORIGINS,
    PHASES,
    REGISTERS,
    STATUSES,
    b31,
    gauge_word,
    json_digest,
    pack,
    register_words,
    statement_words,
    unhex,
)
from verifier.verdict import Rejection

from . import vectors

PROTOCOL = vectors("protocol")


def numbers(words: list[str]) -> list[int]:
    return [int(word, 16) for word in words]


class Words(unittest.TestCase):
    def test_pack_the_vectors_captures(self) -> None:
        for vector in PROTOCOL["captures"]:
            with self.subTest(vector["name"]):
                *registers, gauges = numbers(vector["words"])
                self.assertEqual(register_words(dict(zip(REGISTERS, vector["registers"]))), registers)
                capture = {"sequence": vector["sequence"], "timeMs": vector["timeMs"], "gauges": self._gauges(vector)}
                self.assertEqual(gauge_word(capture), gauges)
                source = b31(vector["sources"].encode())
                leaf = poseidon([*registers, gauges, source, int(vector["salt"], 16)])
                self.assertEqual(leaf, int(vector["leaf"], 16))

    def _gauges(self, vector: dict[str, Any]) -> dict[str, Any]:
        """Phase and clock stand in the top bits of w3; the vectors name the numeric gauges alone."""
        word = int(vector["words"][3], 16)
        values = dict(zip((name for name, _ in GAUGES), vector["gauges"]))
        return {**values, "phase": PHASES[word >> 200 & 255], "clock": CLOCKS[word >> 208]}

    def test_pack_the_vectors_statements(self) -> None:
        names = ((BOUNDARIES, "boundary"), (STATUSES, "status"), (GRADES, "energyGrade"), (GRADES, "workGrade"))
        for vector in PROTOCOL["statements"]:
            marks = dict(zip((name for _, name in (*names, (ORIGINS, "origin"))), vector["marks"]))
            statement = {name: values[marks[name]] for values, name in names}
            statement |= {name: vector[name] for name in ("startTimeMs", "endTimeMs", "captures", "broken")}
            statement["origin"] = ORIGINS[marks["origin"]]
            statement["lifetimeMillijoules"] = vector["lifetime"]
            statement["registers"] = dict(zip(REGISTERS, vector["registers"]))
            statement["fed"] = [name for bit, name in enumerate(FED) if vector["fed"] >> bit & 1]
            self.assertEqual(statement_words(statement), numbers(vector["words"]))

    def test_refuse_a_number_that_does_not_fit(self) -> None:
        self.assertEqual(pack([(2**60 - 1, 60), (1, 1)]), 2**61 - 1)
        with self.assertRaises(ValueError):
            pack([(2**60, 60)])


class Digests(unittest.TestCase):
    def test_are_those_of_the_vectors(self) -> None:
        vouch, group = PROTOCOL["vouch"], PROTOCOL["group"]
        self.assertEqual("0x" + json_digest(vouch["document"]).hex(), vouch["digest"])
        self.assertEqual("0x" + json_digest(group["part"]).hex(), group["partDigest"])

    def test_messages_of_submissions_are_those_of_the_vectors(self) -> None:
        for vector in PROTOCOL["submissions"]:
            self.assertEqual("0x" + submission_message(vector, unhex(vector["device"])).hex(), vector["message"])


class Trees(unittest.TestCase):
    LEAVES = [b31(bytes([index])) for index in range(33)]

    def test_lead_every_leaf_up_to_the_root_and_no_other_place(self) -> None:
        for size in (1, 2, 3, 5, 8, 33):
            leaves = self.LEAVES[:size]
            for index in {0, size // 2, size - 1}:
                siblings = self._siblings(leaves, index)
                self.assertEqual(climb(leaves[index], index, size, siblings), tree_root(leaves))
                self.assertIsNone(climb(leaves[index], index, size, [*siblings, 0]))
                self.assertNotEqual(climb(self.LEAVES[-1] + 1, index, size, siblings), tree_root(leaves))

    def _siblings(self, level: list[int], index: int) -> list[int]:
        siblings = []
        while len(level) > 1:
            if index ^ 1 < len(level):
                siblings.append(level[index ^ 1])
            level = [tree_root(level[at : at + 2]) for at in range(0, len(level), 2)]
            index //= 2
        return siblings

    def test_grow_leaf_by_leaf_to_the_same_root(self) -> None:
        tree = Frontier()
        self.assertIsNone(tree.root())
        for size, leaf in enumerate(self.LEAVES, start=1):
            tree.add(leaf)
            self.assertEqual(tree.root(), tree_root(self.LEAVES[:size]))


class Canonical(unittest.TestCase):
    def test_spells_numbers_as_ecmascript_does(self) -> None:
        spellings = {
            1e21: "1e+21",
            1e-7: "1e-7",
            1.5: "1.5",
            1e-6: "0.000001",
            -1.25e30: "-1.25e+30",
            1e20: "1" + "0" * 20,
        }
        for value, spelling in spellings.items():
            self.assertEqual(encode_canonical(value).decode(), spelling)

    def test_sorts_names_by_utf_16_and_escapes_what_must_be(self) -> None:
        self.assertEqual(encode_canonical({"\ufb01": 1, "\U0001f600": 2}).decode(), '{"\U0001f600":2,"\ufb01":1}')
        self.assertEqual(encode_canonical('"\\\n\x01\x7f').decode(), '"\\"\\\\\\n\\u0001\x7f"')

    def test_refuses_every_other_spelling(self) -> None:
        refused = {
            b'{"a":1}\n': "DOCUMENT_NOT_CANONICAL",
            b'{"a":1,"a":1}': "DOCUMENT_NOT_CANONICAL",
            b"1.0": "DOCUMENT_NOT_CANONICAL",
            b"-0": "DOCUMENT_NOT_CANONICAL",
            b"1e999": "DOCUMENT_NOT_CANONICAL",
            b"[" * 33 + b"]" * 33: "DOCUMENT_NOT_CANONICAL",
            b"[" * 200_000: "DOCUMENT_NOT_CANONICAL",
            b'"\\u0061"': "DOCUMENT_NOT_CANONICAL",
            b"NaN": "DOCUMENT_NOT_JSON",
            b"": "DOCUMENT_NOT_JSON",
            b"\xff": "DOCUMENT_NOT_UTF8",
            b'"\xed\xa0\x80"': "DOCUMENT_NOT_UTF8",
        }
        for data, code in refused.items():
            with self.subTest(data[:20]), self.assertRaises(Rejection) as caught:
                parse_canonical(data)
            self.assertEqual(caught.exception.code, code)
        self.assertEqual(
            parse_canonical(json.dumps({"a": [1, None]}, separators=(",", ":")).encode()), {"a": [1, None]}
        )

    def test_takes_what_nests_as_deeply_as_may_be(self) -> None:
        self.assertIsInstance(parse_canonical(b"[" * 32 + b"1" + b"]" * 32), list)


if __name__ == "__main__":
    unittest.main()
