"""An agent that answers as the real one was seen to, and can be made to go, to hang and to forget.

`tests/runs/test_real.py` holds it against the real one.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

PHASES = ("unspecified", "idle", "prefill", "decode", "train", "evaluate", "load")


class FakeAgent:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "endpoint.json"
        self.token = "a-token"
        self.begun: List[Dict[str, Any]] = []
        self.phases: List[str] = []
        self.stops: List[int] = []
        self.forget()
        self.loses_answers = 0
        self.refusal: Optional[Tuple[int, str]] = None
        self._lock = threading.Lock()
        self._server: Optional[ThreadingHTTPServer] = None

    def forget(self) -> None:
        """As a new process of the agent."""
        self.workload = "idle"
        self.counts = {"units": 0, "accepted": 0, "input": 0}
        self.once: List[str] = []

    def start(self) -> None:
        agent = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Dict[str, Any]) -> None:
                with agent._lock:
                    status, said = agent.answer(self.path, body, self.headers.get("Authorization"))
                    if agent.loses_answers > 0 and self.path == "/v1/work":
                        agent.loses_answers -= 1
                        return self.connection.close()
                text = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{self._server.server_port}"
        self.file.write_text(json.dumps({"url": url, "token": self.token}))

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, path: str, body: Dict[str, Any], authorization: Optional[str]) -> Tuple[int, Dict[str, Any]]:
        if authorization != f"Bearer {self.token}":
            return 401, {"error": "a token is needed"}
        if self.refusal is not None:
            return self.refusal[0], {"error": self.refusal[1]}
        status = {"run": "1", "workload": self.workload, "phase": "unspecified"}
        if path == "/v1/status":
            return 200, status
        if path == "/v1/run":
            if self.workload != "idle":
                return 409, {"error": f"{self.workload} is running"}
            self.workload = body["workload"]
            self.begun.append(body)
            return 200, status
        if self.workload == "idle":
            return 409, {"error": "no workload is running: POST /v1/run first"}
        if path == "/v1/mark":
            if body["phase"] not in PHASES:
                return 400, {"error": "no such phase"}
            self.phases.append(body["phase"])
            return 200, status
        if path == "/v1/work":
            return self._work(body, status)
        self.stops.append(body["exitStatus"])
        self.workload = "idle"
        return 200, self._summary()

    def _work(self, body: Dict[str, Any], status: Dict[str, Any]) -> Tuple[int, Dict[str, Any]]:
        if body["once"] in self.once:
            return 200, status
        after = {name: self.counts[name] + int(body[name]) for name in self.counts}
        if after["accepted"] > after["units"]:
            return 400, {"error": "more accepted than delivered"}
        self.once.append(body["once"])
        self.counts = after
        return 200, status

    def _summary(self) -> Dict[str, Any]:
        registers = {
            "energyMillijoules": "120000",
            "uncertaintyMillijoules": "3000",
            "workUnits": str(self.counts["units"]),
            "acceptedUnits": str(self.counts["accepted"]),
            "inputUnits": str(self.counts["input"]),
            "carbonMilligrams": "7000",
        }
        return {
            **{"run": "1", "root": "0x" + "ab" * 32, "folder": "/nowhere/archive/01/1", "captures": 9},
            **{"startTimeMs": 1000, "endTimeMs": 3000, "energyGrade": "measured", "workGrade": "declared"},
            "registers": registers,
        }
