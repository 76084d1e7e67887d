"""Metadata of a model card: `co2_eq_emissions` as the Hub reads it, and the energy with its certificate.

Needs no package: scalars are written as JSON, which YAML reads.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, Union

from ..runs.result import Result
from ..runs.run import Run
from .numbers import result_in

_FENCE = "---"


def metadata_of(
    metered: Union[Run, Result],
    *,
    certificate_url: str,
    training_type: str = "",
    location: str = "",
    hardware: str = "",
) -> Dict[str, Any]:
    """What a card says of a run. Emissions are left out where the device knew no intensity: a zero would be a claim."""
    result = result_in(metered)
    known = {
        "emissions": result.carbon_grams or None,
        "source": f"metered and signed by the device; certificate: {certificate_url}",
        "training_type": training_type,
        "geographical_location": location,
        "hardware_used": hardware,
    }
    return {
        **({"co2_eq_emissions": {name: value for name, value in known.items() if value}} if result.carbon_grams else {}),
        "energy": {
            "joules": result.energy_joules,
            "uncertainty_joules": result.uncertainty_joules,
            "grade": result.energy_grade,
            "root": result.root,
            "certificate": certificate_url,
        },
    }


def write_card(path: Union[str, "os.PathLike[str]"], metadata: Mapping[str, Any]) -> None:
    """Puts these top-level fields into a card's front matter, in place of its own; everything else stays as it was."""
    file = Path(path)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = text.split("\n")
    has_front = lines[0] == _FENCE and _FENCE in lines[1:]
    end = lines.index(_FENCE, 1) if has_front else 0
    front, rest = (lines[1:end], lines[end + 1 :]) if has_front else ([], lines)
    written = [*_without(front, metadata), *(line for name, value in metadata.items() for line in _yaml(name, value))]
    file.write_text("\n".join([_FENCE, *written, _FENCE, *rest]), encoding="utf-8")


def _without(front: List[str], metadata: Mapping[str, Any]) -> List[str]:
    """The front matter without these fields and what is indented under them."""
    kept: List[str] = []
    skips = False
    for line in front:
        if line[:1] not in (" ", "\t", "-", ""):
            skips = line.partition(":")[0] in metadata
        if not skips:
            kept.append(line)
    return kept


def _yaml(name: str, value: Any) -> List[str]:
    if isinstance(value, Mapping):
        return [f"{name}:", *(f"  {key}: {json.dumps(each)}" for key, each in value.items())]
    return [f"{name}: {json.dumps(value)}"]
