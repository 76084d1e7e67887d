"""Puts the second verifier and the schemas that it reads into the package, laid out as in the repository."""

from pathlib import Path
from shutil import copytree, ignore_patterns

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("conformance/python", "docs/schemas")


class WithSecondVerifier(build_py):
    def run(self):
        super().run()
        unwanted = ignore_patterns("__pycache__", "tests", "README.md", "requirements.txt")
        for part in PARTS:
            if (ROOT / part).is_dir():
                copytree(ROOT / part, Path(self.build_lib) / "wattest/second" / part, ignore=unwanted, dirs_exist_ok=True)


setup(cmdclass={"build_py": WithSecondVerifier})
