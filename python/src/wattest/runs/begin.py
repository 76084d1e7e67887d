"""How a script states a run."""

from __future__ import annotations

import atexit
import functools
import inspect
import os
import sys
from multiprocessing import util as processes
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, TypeVar, cast

from ..agent.saying import warn_once
from .ranks import Part, RanksRule, part_of
from .run import Phase, Run, current, flush_all

F = TypeVar("F", bound=Callable[..., Any])

_FIELDS = {"quality_rule": "qualityRule", "model_digest": "modelDigest"}


def run(
    *,
    model: str = "",
    unit: str = "",
    workload: Optional[str] = None,
    job: str = "",
    zone: Optional[str] = None,
    site: Optional[str] = None,
    party: Optional[str] = None,
    quality_rule: str = "",
    task: Optional[Mapping[str, Any]] = None,
    model_digest: Optional[str] = None,
    versions: Optional[Mapping[str, str]] = None,
    ranks: RanksRule = "first",
) -> Run:
    """A run of this script, metered between entering and leaving it, as ``with`` or ``async with``.

    Labels are bound before the result is known. Within another run of this process, or a command that
    ``wattest device run`` meters, work and phases go to that one, and its labels hold. `ranks`: which processes of a
    distributed job speak. Nothing is raised: what is wrong is said once by the logger ``wattest``.
    """
    given = {
        "model": model,
        "unit": unit,
        "workload": workload or Path(sys.argv[0]).name or "python",
        "job": job,
        "zone": zone,
        "site": site,
        "party": party,
        "quality_rule": quality_rule,
        "task": dict(task) if task else None,
        "model_digest": model_digest,
        "versions": dict(versions) if versions else None,
    }
    labels: Dict[str, Any] = {_FIELDS.get(name, name): value for name, value in given.items() if value}
    try:
        part = part_of(ranks)
    except Exception as error:
        warn_once("ranks", f"wattest: {error}")
        part = Part(begins=False, counts=False)
    return Run(labels, part, current())


def track(function: Optional[F] = None, **labels: Any) -> Any:
    """Meters each call of a function, coroutine function or generator: ``@track`` or ``@track(model=…, unit=…)``.

    A generator is metered from its first value to its last.
    """
    if function is None:
        return functools.partial(track, **labels)
    named = {"workload": function.__name__, **labels}
    kinds = (
        (inspect.iscoroutinefunction, _coroutine),
        (inspect.isasyncgenfunction, _async_generator),
        (inspect.isgeneratorfunction, _generator),
    )
    metered = next((wrap for is_kind, wrap in kinds if is_kind(function)), _plain)(function, named)
    return cast(F, functools.wraps(function)(metered))


def _plain(function: Callable[..., Any], named: Dict[str, Any]) -> Callable[..., Any]:
    def metered(*args: Any, **more: Any) -> Any:
        with run(**named):
            return function(*args, **more)

    return metered


def _generator(function: Callable[..., Any], named: Dict[str, Any]) -> Callable[..., Any]:
    def metered(*args: Any, **more: Any) -> Any:
        with run(**named):
            return (yield from function(*args, **more))

    return metered


def _coroutine(function: Callable[..., Any], named: Dict[str, Any]) -> Callable[..., Any]:
    async def metered(*args: Any, **more: Any) -> Any:
        async with run(**named):
            return await function(*args, **more)

    return metered


def _async_generator(function: Callable[..., Any], named: Dict[str, Any]) -> Callable[..., Any]:
    async def metered(*args: Any, **more: Any) -> Any:
        async with run(**named):
            async for value in function(*args, **more):
                yield value

    return metered


def work(units: Any = 1, *, accepted: Any = 0, input: Any = 0) -> None:
    """Adds work to the run that this process is in; nothing where it is in none."""
    running = current()
    if running is not None:
        running.work(units, accepted=accepted, input=input)


def phase(name: str) -> Phase:
    """A stretch of the run that this process is in."""
    return Phase(current(), name)


def _at_fork() -> None:
    # A child of multiprocessing leaves without running what atexit knows, and this list is emptied in it.
    processes.Finalize(None, flush_all, exitpriority=100)


atexit.register(flush_all)
if hasattr(os, "register_at_fork"):
    processes.register_after_fork(flush_all, lambda _: _at_fork())
