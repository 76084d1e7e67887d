"""What outlives the process: work that no agent has taken yet, and which process began the running workload."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple

_MAX_FILE = 64 * 1024


def state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "wattest"


def _write(path: Path, value: Dict[str, Any]) -> None:
    """Whole or not at all, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _read(path: Path) -> Dict[str, Any]:
    """Empty where the file is gone or is none of ours."""
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(_MAX_FILE))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def keep_work(name: str, labels: Dict[str, Any], counts: Dict[str, int], *, is_left: bool) -> None:
    """Keeps these counts under a name; an earlier keeping of the same name is replaced.

    `is_left`: this process will not hand them over any more, and any other may.
    """
    value = {**_ourselves(), "is_left": is_left, "labels": labels, "counts": counts}
    _write(state_folder() / "spool" / f"{name}.json", value)


def drop_work(name: str) -> None:
    (state_folder() / "spool" / f"{name}.json").unlink(missing_ok=True)


def kept_work(labels: Dict[str, Any]) -> Iterator[Tuple[str, Dict[str, int]]]:
    """Names and counts that earlier processes, or runs of this one, left for a workload of exactly these labels."""
    folder = state_folder() / "spool"
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        value = _read(path)
        counts = value.get("counts")
        is_left = value.get("is_left") is True or not is_alive(value)
        if value.get("labels") != labels or not isinstance(counts, dict) or not is_left:
            continue
        yield path.stem, {name: n for name, n in counts.items() if isinstance(n, int) and n >= 0}


def claim(workload: str) -> None:
    """Says that this process has begun the workload, so that another can end it should this one be killed."""
    _write(state_folder() / "workload.json", {**_ourselves(), "workload": workload})


def disclaim() -> None:
    (state_folder() / "workload.json").unlink(missing_ok=True)


def is_abandoned(workload: str) -> bool:
    """Whether a process of this account has begun the workload and is no more."""
    value = _read(state_folder() / "workload.json")
    return value.get("workload") == workload and not is_alive(value)


def is_alive(value: Dict[str, Any]) -> bool:
    pid, started = value.get("pid"), value.get("started")
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return started is None or started == _started(pid)


def _ourselves() -> Dict[str, Any]:
    return {"pid": os.getpid(), "started": _started(os.getpid())}


def _started(pid: int) -> Optional[str]:
    """When a process started, in clock ticks since boot: a number that was given again is another process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
