"""Tells the agent of a workload, in a thread of its own: the workload itself never waits for it."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Any, Dict, Optional, Set

from . import keeping
from .client import Answer, ask
from .counts import Batch, Counts, new_name
from .place import Away, find_place
from .saying import note, warn_once

_EVERY_S = 0.25
_LEAST_S = 0.02
_AWAY_S = (0.5, 5.0)
_TIMEOUT_S = 10.0

_couriers: "weakref.WeakSet[Courier]" = weakref.WeakSet()


class Courier:
    """Begins a workload at the agent, or joins the one that runs, and hands over what it is told.

    While the agent is away what it was told stays here and in the account's state folder. A process that forked goes
    on with a courier that joins: it tells of its own work, and never ends its parent's workload.
    """

    def __init__(self, labels: Dict[str, Any], *, joins: bool) -> None:
        self.labels = labels
        self.workload = str(labels["workload"])
        self.state = "new"
        self.result: Optional[Dict[str, Any]] = None
        self.joined: Optional[Dict[str, Any]] = None
        """The agent's status when this process joined."""
        self._joins = joins
        self._clear()
        _couriers.add(self)

    def _clear(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._settled = threading.Event()
        self._ended = threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._pending = Counts()
        self._surplus = 0
        self._told = Counts()
        self._batch: Optional[Batch] = None
        self._phase: Optional[str] = None
        self._ending: Optional[int] = None
        self._kept: Set[str] = set()
        self._away = False
        self._gives_up = False
        self._name = new_name()

    def forked(self) -> None:
        """In a child: its parent's thread, lock and waiting work are not its own."""
        was_running = self.state in ("begun", "joined", "new")
        self._joins = True
        self.state = "new" if was_running else self.state
        self._clear()

    # What the workload says; each is done within microseconds.

    def add(self, units: int, accepted: int, consumed: int) -> None:
        with self._lock:
            pending = self._pending
            pending.units += units
            pending.accepted += accepted
            pending.input += consumed
        if self._thread is None:
            self.start()

    def mark(self, phase: str) -> None:
        self._phase = phase
        self._wake.set()
        if self._thread is None:
            self.start()

    # Beginning and ending.

    def start(self) -> None:
        with self._lock:
            if self._thread is not None or self.state in ("refused", "ended"):
                return
            self._thread = threading.Thread(target=self._work, name="wattest", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # No new thread can be had, as while the interpreter ends.
            self.state = "refused"
            warn_once("thread", f"wattest: no thread to tell the agent with: {error}")

    def wait_until_settled(self, seconds: float) -> None:
        """Until the agent has answered, or is known to be away."""
        self._settled.wait(seconds)

    def flush(self, seconds: float) -> bool:
        """Waits until everything told so far has been handed over."""
        end = time.monotonic() + seconds
        while self._unsent() and self.state not in ("refused", "ended"):
            self._wake.set()
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def end(self, exit_status: int, seconds: float) -> None:
        """Hands everything over and ends the workload, where this courier began it; what is left then is kept."""
        self._ending = exit_status
        self._wake.set()
        patience = min(seconds, _AWAY_S[0]) if self._away else seconds
        if self._thread is None or self._ended.wait(patience):
            return
        self._gives_up = True
        self._keep()
        self._wake.set()
        if not self._away:
            warn_once("late", "wattest: the agent did not take the end of the workload in time; its work is kept")

    def _unsent(self) -> bool:
        return self._batch is not None or bool(self._pending)

    # The thread.

    def _work(self) -> None:
        pause = _AWAY_S[0]
        while not self._ended.is_set():
            self._wake.wait(_EVERY_S)
            self._wake.clear()
            try:
                self._cycle()
                pause, self._away = _AWAY_S[0], False
                time.sleep(_LEAST_S)
            except Away as away:
                self._away = True
                self._settled.set()
                self._keep()
                if self._gives_up and self.state == "new":
                    return  # The next workload of these labels hands over what is kept.
                warn_once("away", f"wattest: the agent is away: {away}; work is kept and handed over when it is back")
                self._wake.wait(pause)
                pause = min(2 * pause, _AWAY_S[1])
            except Exception as error:  # A fault here is never the workload's.
                self.state = "refused"
                warn_once("fault", f"wattest: metering of this workload has ended: {type(error).__name__}: {error}")
            if self.state == "refused":
                self._settled.set()
                self._ended.set()

    def _cycle(self) -> None:
        if self.state == "new":
            self._begin()
        if self.state == "new":
            return self._wake.set()
        self._settled.set()
        if self.state in ("begun", "joined"):
            self._tell_phase()
            self._tell_work()
            if self._ending is not None:
                self._finish(self._ending)

    def _ask(self, path: str, body: Optional[Dict[str, Any]] = None) -> Answer:
        method = "GET" if body is None else "POST"
        answer = ask(find_place(), method, path, body, _TIMEOUT_S)
        if answer.status in (401, 403) or answer.status >= 500:
            raise Away(f"it refuses: {answer.reason}")
        return answer

    def _begin(self) -> None:
        if self._joins:
            return self._join()
        answer = self._ask("/v1/run", self.labels)
        if answer.status == 409:
            return self._join()
        if not answer.is_done:
            return self._refuse(f"the agent refuses the workload: {answer.reason}")
        self.state = "begun"
        os.environ["WATTEST_WORKLOAD"] = self.workload
        keeping.claim(self.workload)
        self._hand_over()

    def _join(self) -> None:
        """Goes into the workload that runs, where it is this process's own by its starter's word or by its name."""
        status = self._ask("/v1/status").body
        running = str(status.get("workload", ""))
        if running == (self.workload if self._joins else os.environ.get("WATTEST_WORKLOAD")):
            self.state, self.workload, self.joined = "joined", running, status
            note(f"wattest: joined the workload {running}, whose labels hold")
        elif self._joins:
            raise Away(f"no workload {self.workload} runs yet")
        elif keeping.is_abandoned(running):
            self._ask("/v1/stop", {"exitStatus": 137})
            keeping.disclaim()
        elif running != "idle":
            self._refuse(f"the device meters another workload, {running}: this one is not metered")

    def _refuse(self, reason: str) -> None:
        self.state = "refused"
        warn_once("refused", f"wattest: {reason}")

    def _hand_over(self) -> None:
        """What earlier processes of these labels could not hand over."""
        for name, counts in keeping.kept_work(self.labels):
            batch = Batch(Counts(counts.get("units", 0), counts.get("accepted", 0), counts.get("input", 0)), name)
            answer = self._ask("/v1/work", batch.as_body())
            if answer.status in (200, 400):
                keeping.drop_work(name)
                note(f"wattest: {counts} of an earlier process: {answer.reason if answer.status == 400 else 'handed over'}")

    def _tell_phase(self) -> None:
        phase = self._phase
        if phase is None:
            return
        answer = self._ask("/v1/mark", {"phase": phase})
        if answer.status == 409:
            return self._lost()
        if not answer.is_done:
            warn_once("phase", f"wattest: the agent refuses a phase: {answer.reason}")
        if self._phase == phase:
            self._phase = None

    def _tell_work(self) -> None:
        if self._batch is None:
            self._batch = self._take()
        if self._batch is None:
            return
        answer = self._ask("/v1/work", self._batch.as_body())
        if answer.status == 409:
            return self._lost()
        if answer.is_done:
            self._told = self._told.plus(self._batch.counts)
        else:
            warn_once("work", f"wattest: the agent refuses work: {answer.reason}")
        if self._batch.once in self._kept:
            keeping.drop_work(self._batch.once)
            self._kept.discard(self._batch.once)
        self._batch = None

    def _take(self) -> Optional[Batch]:
        """What waits, but accepted units beyond the delivered ones: they wait for those."""
        with self._lock:
            pending, self._pending = self._pending, Counts()
        room = self._told.units + pending.units - self._told.accepted
        accepted = min(pending.accepted + self._surplus, max(0, room))
        self._surplus += pending.accepted - accepted
        counts = Counts(pending.units, accepted, pending.input)
        if not counts:
            return None
        # What was kept of it has its name: whoever hands it over again, it counts once.
        name, self._name = self._name, new_name()
        return Batch(counts, name)

    def _lost(self) -> None:
        """The agent has begun anew and knows the workload no more; a run of the same labels goes on."""
        if self._joins or self.state == "joined":
            return self._refuse("the workload that this process joined has ended")
        self.state = "new"
        self._wake.set()

    def _finish(self, exit_status: int) -> None:
        if self._unsent() or self._phase is not None:
            self._wake.set()
            return
        if self.state == "begun":
            answer = self._ask("/v1/stop", {"exitStatus": exit_status})
            self.result = answer.body if answer.is_done else None
            keeping.disclaim()
            os.environ.pop("WATTEST_WORKLOAD", None)
        self.state = "ended"
        self._ended.set()

    def _keep(self) -> None:
        with self._lock:
            pending = self._pending.plus(Counts(accepted=self._surplus))
        waiting = {self._name: pending, **({} if self._batch is None else {self._batch.once: self._batch.counts})}
        try:
            for name, counts in waiting.items():
                if counts and self.state != "refused":
                    keeping.keep_work(name, self.labels, counts.as_dict(), is_left=self._gives_up)
                    self._kept.add(name)
        except OSError as error:
            warn_once("spool", f"wattest: work cannot be kept on the disk: {error}")


def _in_child() -> None:
    for courier in list(_couriers):
        courier.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
