"""The real `wattest device serve` with a meter that draws 500 W."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, List, Optional

ROOT = Path(__file__).resolve().parents[3]
WATTS = 500
_MAIN = ROOT / "attester" / "src" / "main.ts"


def find_node() -> Optional[str]:
    """A Node that runs the program from its sources: WATTEST_TEST_NODE, or the one that the project bundles."""
    bundled = sorted(ROOT.glob("node_modules/node-linux-*/bin/node"))
    found = os.environ.get("WATTEST_TEST_NODE") or (str(bundled[0]) if bundled else None)
    return found if found and (ROOT / "node_modules").is_dir() else None


def serve_meter() -> ThreadingHTTPServer:
    started = time.time()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.time()
            said = json.dumps({"timeMs": int(now * 1000), "energy": int((now - started) * 1000 * WATTS)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


class RealAgent:
    def __init__(self, folder: Path, node: str) -> None:
        self.folder, self.node = folder, node
        self.home = folder / "device"
        self.config = folder / "agent.json"
        self._meter = serve_meter()
        source = {
            **{"kind": "json", "id": "pdu", "url": f"http://127.0.0.1:{self._meter.server_port}/", "periodMs": 50},
            **{"covers": "node", "time": {"at": "/timeMs", "format": "unix-ms"}},
            "values": [{"at": "/energy", "name": "energy", "quantity": "energy", "unit": "mJ"}],
        }
        self.config.write_text(json.dumps({"boundary": "node", "intervalMs": 50, "port": 0, "sources": [source]}))
        self.attest("init", "--home", str(self.home))
        self._process: Optional[subprocess.Popen[str]] = None

    def words(self, *words: str) -> List[str]:
        return [self.node, str(_MAIN), *words]

    def attest(self, *words: str) -> None:
        subprocess.run(self.words(*words), check=True, capture_output=True)

    def start(self) -> None:
        words = self.words("serve", "--home", str(self.home), "--config", str(self.config))
        self._process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if "metering" in line:
                break
        stderr = self._process.stderr
        threading.Thread(target=stderr.read, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """What WATTEST_ENDPOINT names."""
        return str(self.home / "endpoint.json")

    def stop(self, kill: bool = False) -> None:
        if self._process is None:
            return
        self._process.kill() if kill else self._process.terminate()
        self._process.wait(20)
        self._process = None

    def close(self) -> None:
        self.stop()
        self._meter.shutdown()
        self._meter.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def records(self) -> List[Dict[str, Any]]:
        """The archived runs in order."""
        files = self.home.glob("archive/*/*/run.json")
        return [json.loads(file.read_text()) for file in sorted(files, key=lambda file: int(file.parent.name))]
