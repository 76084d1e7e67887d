import json
import unittest
from pathlib import Path
from typing import Any

from verifier.cli import judge
from verifier.documents import foreign_kind, parse_policy
from verifier.verdict import Rejection

from . import CASES


class Cases(unittest.TestCase):
    """Every case of the suite whose document is a certificate, as conformance/README.md demands."""

    def test_end_as_they_expect(self) -> None:
        judged = 0
        for folder in sorted(CASES.iterdir()):
            case = json.loads((folder / "case.json").read_text("utf-8"))
            document = (folder / case["document"]).read_bytes()
            if case["document"] == "certificate.json":
                judged += 1
                with self.subTest(case["name"], title=case["title"]):
                    self._check(folder, case, document)
        self.assertGreaterEqual(judged, 477)

    def _check(self, folder: Path, case: dict[str, Any], document: bytes) -> None:
        expected = case["expect"]
        self.assertEqual(foreign_kind(document) is not None, expected["status"] == "not-ours")
        if expected["status"] == "not-ours":
            return
        policy = parse_policy((folder / "policy.json").read_bytes())
        judged = judge(document.ljust(case.get("fillTo", 0)), policy, [folder / name for name in case["evidence"]])
        self.assertEqual((judged.verdict.status, judged.verdict.code), (expected["status"], expected.get("code")))
        findings = case.get("findings", {"present": [], "absent": []})
        self.assertLessEqual(set(findings["present"]), set(judged.findings))
        self.assertTrue(set(findings["absent"]).isdisjoint(judged.findings))


class Policies(unittest.TestCase):
    def test_list_a_chain_and_a_block_once(self) -> None:
        policy = json.loads((CASES / "valid-ed25519" / "policy.json").read_text("utf-8"))
        parse_policy(json.dumps(policy).encode())
        (chain,) = policy["chains"]
        blocks = chain["trustedBlocks"]
        for chains in ([chain, chain], [{**chain, "trustedBlocks": [*blocks, blocks[0]]}]):
            with self.assertRaisesRegex(Rejection, "listed twice"):
                parse_policy(json.dumps({**policy, "chains": chains}).encode())


if __name__ == "__main__":
    unittest.main()
