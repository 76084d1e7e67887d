"""Which processes of a distributed job tell their device's agent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Callable, Mapping, Optional, Union

RanksRule = Union[str, Callable[[int], bool]]
"""``first``: what rank 0 says is the work of all. ``each``: every rank says its own. A function of the rank: those."""

_RANK = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_LOCAL_RANK = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID")


@dataclass(frozen=True)
class Part:
    """The part that this process has in a run."""

    begins: bool
    """It begins and ends the run of its node's device: the first process of each node does."""
    counts: bool
    """Its work and phases are told."""


def part_of(rule: RanksRule, env: Optional[Mapping[str, str]] = None) -> Part:
    """Without a launcher's variables a process is alone. Raises ValueError on an unknown rule."""
    env = os.environ if env is None else env
    rank = _number(env, _RANK)
    local = _number(env, _LOCAL_RANK)
    local = rank if local is None else local
    begins = local in (None, 0)
    if callable(rule):
        return Part(begins, rule(rank or 0))
    if rule not in ("first", "each"):
        raise ValueError(f'ranks is "first", "each" or a function of the rank, not {rule!r}')
    return Part(begins, rule == "each" or rank in (None, 0))


def _number(env: Mapping[str, str], names: "tuple[str, ...]") -> Optional[int]:
    found = next((env[name] for name in names if env.get(name, "").isdecimal()), None)
    return None if found is None else int(found)
