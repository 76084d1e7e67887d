import unittest
from typing import Any

from verifier.checks.plan import DECLARED, ENERGY_ROLES, worst_grade
from verifier.format.words import GRADES
from verifier.metering.meter import Meter

from . import vectors


class Metering(unittest.TestCase):
    def test_gives_what_each_vector_and_its_twin_expect(self) -> None:
        for case in vectors("metering")["cases"]:
            for vector in (case, {**case, **case["twin"]}):
                with self.subTest(vector["name"]):
                    registers = self._registers(vector)
                    expected = vector["expect"]
                    self.assertEqual({name: registers.get(name) for name in expected}, expected)

    def _registers(self, vector: dict[str, Any]) -> dict[str, str]:
        captures, plan = vector["captures"], vector["plan"]
        meter = Meter(plan, captures[0]["timeMs"])
        for capture in captures:
            registers = meter.capture(capture["timeMs"], capture["readings"])
        readings = [reading for capture in captures for reading in capture["readings"]]
        grade = worst_grade(plan, readings, ENERGY_ROLES)
        grade = max(grade, DECLARED) if meter.is_declared else grade
        return {**{name: str(value) for name, value in registers.items()}, "energyGrade": GRADES[grade]}


if __name__ == "__main__":
    unittest.main()
