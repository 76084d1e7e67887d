"""Where the agent of this machine listens, and the token that it asks for."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional
from urllib.parse import urlsplit

_MAX_FILE = 16 * 1024


class Away(Exception):
    """The agent cannot be reached now; the text says why."""


@dataclass(frozen=True)
class Place:
    host: str
    port: int
    token: Optional[str]


def _device_folder(env: Mapping[str, str]) -> Path:
    """WATTEST_HOME, else the `home` of the nearest profile, as for the commands, else ``~/.wattest``."""
    if env.get("WATTEST_HOME"):
        return Path(env["WATTEST_HOME"])
    here = Path.cwd()
    for folder in (here, *here.parents):
        try:
            with (folder / "wattest.json").open("rb") as file:
                home = json.loads(file.read(_MAX_FILE)).get("home")
        except FileNotFoundError:
            continue
        except (OSError, ValueError, AttributeError):
            break
        if isinstance(home, str):
            return folder / home
        break
    return Path.home() / ".wattest"


def find_place(env: Optional[Mapping[str, str]] = None) -> Place:
    """The agent that WATTEST_ENDPOINT names by its file, else the one in the device's folder.

    The file is JSON, ``{"url": "http://127.0.0.1:PORT", "token": "…"}``. It is read anew each time, since an agent
    that starts again listens elsewhere. Raises `Away`.
    """
    env = os.environ if env is None else env
    named = env.get("WATTEST_ENDPOINT", "")
    path = Path(named) if named else _device_folder(env) / "endpoint.json"
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_MAX_FILE))
        url, token = said["url"], said.get("token")
    except OSError as error:
        raise Away(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Away(f"{path} names no endpoint") from None
    if not isinstance(url, str) or not (token is None or isinstance(token, str)):
        raise Away(f"{path} names no endpoint")
    return _place_of(url, token)


def _place_of(url: str, token: Optional[str]) -> Place:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        raise Away("the endpoint's address cannot be read") from None
    if parts.scheme != "http" or not host:
        raise Away("the endpoint's address is none of an agent")
    if token is not None and not (token.isascii() and token.isprintable()):
        raise Away("the endpoint's token cannot be sent")
    return Place(host, port, token)
