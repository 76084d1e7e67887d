"""One request to the agent's local endpoint."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any, Dict, Optional

from .place import Away, Place

_MAX_ANSWER = 1 << 20


@dataclass(frozen=True)
class Answer:
    status: int
    body: Dict[str, Any]

    @property
    def is_done(self) -> bool:
        return self.status == 200

    @property
    def reason(self) -> str:
        return str(self.body.get("error", self.status))


def ask(place: Place, method: str, path: str, body: Optional[Dict[str, Any]], timeout: float) -> Answer:
    """Sends a request and reads its answer, within `timeout` seconds for each step. Raises `Away`.

    No proxy is asked, whatever the environment says: the agent is on this machine.
    """
    headers = {"Content-Type": "application/json"}
    if place.token is not None:
        headers["Authorization"] = f"Bearer {place.token}"
    connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        said = json.loads(response.read(_MAX_ANSWER))
        return Answer(response.status, said if isinstance(said, dict) else {})
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Away(f"http://{place.host}:{place.port}: {error or type(error).__name__}") from None
    finally:
        connection.close()
