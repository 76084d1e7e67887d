"""``python -m wattest``: what the agent does now, the end of a workload left open, a table beside CodeCarbon."""

from __future__ import annotations

import argparse
import json
import sys
from typing import List, Optional

from .agent.client import ask
from .agent.place import Away, find_place
from .documents.statement import result_in_certificate
from .integrations.codecarbon import compare, read_emissions


def main(arguments: Optional[List[str]] = None) -> int:
    """0 where it is done, 1 where it is refused, 3 where the agent is away."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Away as away:
        print(f"error: {away}\nhint: is wattest device serve running on this machine?", file=sys.stderr)
        return 3
    except (OSError, ValueError) as error:
        print(f"error: {error}\nhint: name files as CodeCarbon and wattest prove wrote them", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wattest", description=__doc__)
    commands = parser.add_subparsers(required=True)
    status = commands.add_parser("status", help="the open run, its workload and phase")
    status.set_defaults(run=_status)
    stop = commands.add_parser("stop", help="end a workload whose script is gone")
    stop.set_defaults(run=_stop)
    table = commands.add_parser("compare", help="CodeCarbon's number and ours in one table")
    table.add_argument("emissions", help="emissions.csv, whose last row counts")
    table.add_argument("certificate", help="the certificate of the same stretch")
    table.set_defaults(run=_compare)
    return parser


def _status(_: argparse.Namespace) -> int:
    print(json.dumps(ask(find_place(), "GET", "/v1/status", None, 10).body))
    return 0


def _stop(_: argparse.Namespace) -> int:
    answer = ask(find_place(), "POST", "/v1/stop", {"exitStatus": 137}, 60)
    print(json.dumps(answer.body))
    return 0 if answer.is_done else 1


def _compare(options: argparse.Namespace) -> int:
    rows = read_emissions(options.emissions)
    if not rows:
        raise ValueError(f"{options.emissions} has no row")
    print(compare(rows[-1], result_in_certificate(options.certificate)).table())
    print("- the certificate was read and not judged: wattest verify judges it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
