"""A run of this process: what it delivers, in which phase, and how it ends."""

from __future__ import annotations

import asyncio
import operator
import sys
import time
from types import TracebackType
from typing import Any, Dict, List, Optional, Type

from ..agent.counts import MOST_UNITS
from ..agent.courier import Courier
from ..agent.saying import warn_once
from .joined import Joined, joined_by
from .ranks import Part
from .result import Result, Step, result_of, with_energy

_BEGIN_S = 5.0
_END_S = 30.0
_MOST_STEPS = 200_000

PHASES = ("unspecified", "idle", "prefill", "decode", "train", "evaluate", "load")


class Phase:
    """A stretch of a run, as a context manager, async too; the phase before holds again after it."""

    def __init__(self, run: Optional[Run], name: str) -> None:
        self._run, self._name, self._before = run, name, "unspecified"

    def __enter__(self) -> Phase:
        if self._run is not None:
            self._before = self._run.enter_phase(self._name)
        return self

    def __exit__(self, *_: object) -> None:
        if self._run is not None:
            self._run.enter_phase(self._before)

    async def __aenter__(self) -> Phase:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()


class Run:
    """A workload that the device's agent meters between entering and leaving it. Nothing in it raises."""

    def __init__(self, labels: Dict[str, Any], part: Part, outer: Optional[Run]) -> None:
        self.labels = labels
        self.result: Optional[Result] = None
        self._part = part
        self._outer = outer
        self.phase_now = "unspecified"
        self._steps: List[Step] = []
        self._step_began_ms = 0.0
        takes_part = outer is None and (part.begins or part.counts)
        self._courier = Courier(labels, joins=not part.begins) if takes_part else None

    @property
    def state(self) -> str:
        """``new`` (the agent is away), ``begun``, ``joined``, ``refused``, ``ended``, or ``silent`` for a rank that says nothing."""
        if self._outer is not None:
            return "joined"
        return "silent" if self._courier is None else self._courier.state

    @property
    def joined(self) -> Optional[Joined]:
        """The run that this one joined, where another process began it."""
        courier = self._courier if self._outer is None else self._outer._courier
        return None if courier is None or courier.joined is None else joined_by(courier.joined)

    @property
    def ended(self) -> Optional[Result]:
        """What the device signed, of the run of this process that this one is or is within; None before its end."""
        return self.result if self._outer is None else self._outer.ended

    # What a script says.

    def work(self, units: Any = 1, *, accepted: Any = 0, input: Any = 0) -> None:
        """Adds delivered units, how many of them met the declared quality, and consumed ones (prompt tokens)."""
        if self._outer is not None:
            return self._outer.work(units, accepted=accepted, input=input)
        if self._courier is None or not self._part.counts:
            return
        if type(units) is int and type(accepted) is int and type(input) is int:
            whole = (units, accepted, input)
        else:
            counts = _whole(units), _whole(accepted), _whole(input)
            if counts[0] is None or counts[1] is None or counts[2] is None:
                return warn_once("count", f"wattest: no counts of work: {units!r}, {accepted!r}, {input!r}")
            whole = (counts[0], counts[1], counts[2])
        if min(whole) < 0 or max(whole) > MOST_UNITS:
            return warn_once("count", f"wattest: counts of work are from 0 to 10^17, not {whole}")
        self._courier.add(*whole)

    def phase(self, name: str) -> Phase:
        return Phase(self, name)

    def step(self, units: Any = 0, *, accepted: Any = 0, input: Any = 0, **values: float) -> None:
        """Ends a step, which began where the one before ended: adds its work and keeps its values for `steps`."""
        self.work(units, accepted=accepted, input=input)
        now_ms = time.time() * 1000
        if len(self._steps) >= _MOST_STEPS:
            return warn_once("steps", f"wattest: values of the first {_MOST_STEPS} steps are kept, later ones are not")
        counts = (_whole(units) or 0, _whole(accepted) or 0, _whole(input) or 0)
        self._steps.append(Step(len(self._steps), self._step_began_ms, now_ms, *counts, values))
        self._step_began_ms = now_ms

    @property
    def steps(self) -> List[Step]:
        """Steps so far; after the end with the energy of each, where the device's archive can be read."""
        return self._steps if self.result is None else with_energy(self._steps, self.result.folder)

    def enter_phase(self, name: str) -> str:
        """Goes into a phase until the next is entered; answers the one before."""
        before, self.phase_now = self.phase_now, name
        if self._outer is not None:
            self._outer.enter_phase(name)
        elif name not in PHASES:
            warn_once("phase", f"wattest: no phase {name!r}: one of {', '.join(PHASES)}")
        elif self._courier is not None and self._part.counts:
            self._courier.mark(name)
        return before

    # Beginning and ending.

    def __enter__(self) -> Run:
        _running.append(self)
        if self._courier is not None:
            self._courier.start()
            self._courier.wait_until_settled(_BEGIN_S)
        self._step_began_ms = time.time() * 1000
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], _: Optional[TracebackType]
    ) -> None:
        if self in _running:
            _running.remove(self)
        if self._courier is None:
            return
        self._courier.end(_exit_status(error), _END_S)
        try:
            self.result = None if self._courier.result is None else result_of(self._courier.result)
        except (KeyError, ValueError, TypeError):
            warn_once("result", "wattest: the agent's answer to the end of the workload cannot be read")

    async def __aenter__(self) -> Run:
        return await asyncio.get_running_loop().run_in_executor(None, self.__enter__)

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.__exit__, kind, error, trace)

    def flush(self, seconds: float = 1.0) -> bool:
        """Waits until the agent has everything that was said; False where it has not by then."""
        return True if self._courier is None else self._courier.flush(seconds)


_running: List[Run] = []


def current() -> Optional[Run]:
    """The innermost run of this process."""
    return _running[-1] if _running else None


def _whole(value: Any) -> Optional[int]:
    """A count out of whatever a library gives: its whole number, or None where it is none."""
    try:
        return operator.index(value)
    except TypeError:
        pass
    try:
        number = float(value)
        return int(number) if number == int(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _exit_status(error: Optional[BaseException]) -> int:
    """What the process would exit with: an exit asked for has its own status."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        code = error.code
        return 0 if code is None else code & 255 if isinstance(code, int) else 1
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def flush_all() -> None:
    """What an ending process does for the runs that it leaves open."""
    for run in list(_running):
        run.__exit__(None, sys.exc_info()[1], None)
