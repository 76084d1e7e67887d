"""What the package says: once each, by the logger `wattest`, and never as an exception."""

from __future__ import annotations

import logging
import threading
from typing import Set

_logger = logging.getLogger("wattest")
_said: Set[str] = set()
_lock = threading.Lock()


def warn_once(kind: str, text: str) -> None:
    """Warns at the first call of this kind in the life of the process."""
    with _lock:
        if kind in _said:
            return
        _said.add(kind)
    _logger.warning(text)


def forget_said() -> None:
    """Says everything again, as a new process would."""
    with _lock:
        _said.clear()


def note(text: str) -> None:
    _logger.info(text)
