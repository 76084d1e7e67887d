"""Labels that mix scripts: UTS #39, section 5.2, "Highly Restrictive" (docs/verifying.md, "Findings").

Python knows no property of scripts. The names of letters begin with their script, but for a few that belong to all.
"""

import unicodedata

WIDTHS = ("FULLWIDTH", "HALFWIDTH")
COMMON = (
    "MODIFIER",
    "MATHEMATICAL",
    "DOUBLE-STRUCK",
    "SCRIPT",
    "BLACK-LETTER",
    "MICRO",
    "KATAKANA-HIRAGANA",
    "IDEOGRAPHIC",
)
NAMED_OTHERWISE = {"FEMININE": "LATIN", "MASCULINE": "LATIN", "KELVIN": "LATIN", "ANGSTROM": "LATIN", "OHM": "GREEK"}
TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
"""Scripts that Japanese, Chinese and Korean write together."""


def mixes_scripts(label: str) -> bool:
    scripts = {script for script in map(_script, label) if script}
    return len(scripts) > 1 and not any(scripts <= together for together in TOGETHER)


def _script(character: str) -> str | None:
    """The script of a letter; None for what belongs to all scripts."""
    if not unicodedata.category(character).startswith("L"):
        return None
    words = unicodedata.name(character, "").split()
    word = next((word for word in words if word not in WIDTHS), None)
    return None if word in COMMON or word is None else NAMED_OTHERWISE.get(word, word)
