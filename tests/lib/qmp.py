#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends one command to the monitor of a QEMU process.

    qmp.py SOCKET COMMAND [JSON-ARGUMENTS]

Prints the "return" value as JSON; exits 1 with QEMU's reason on an error and
2 if nobody answers.  Knows the protocol, not what the commands mean.
"""
import json
import socket
import sys

TIMEOUT_S = 30


def ask(stream, command, arguments=None):
    """Send a command; return the answer, skipping the events in between."""
    request = {"execute": command}
    if arguments:
        request["arguments"] = arguments
    stream.write(json.dumps(request).encode() + b"\n")
    stream.flush()
    for line in stream:
        answer = json.loads(line)
        if "return" in answer or "error" in answer:
            return answer
    raise ConnectionError("the monitor closed the connection")


def main(argv):
    path, command = argv[1], argv[2]
    arguments = json.loads(argv[3]) if len(argv) > 3 else None
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(TIMEOUT_S)
        sock.connect(path)
        with sock.makefile("rwb") as stream:
            stream.readline()  # the greeting
            ask(stream, "qmp_capabilities")
            try:
                answer = ask(stream, command, arguments)
            except ConnectionError:
                if command != "quit":
                    raise
                answer = {"return": {}}
    if "error" in answer:
        print(f"qmp: {command}: {answer['error']['desc']}", file=sys.stderr)
        return 1
    print(json.dumps(answer["return"]))
    return 0


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv))
    except (OSError, ValueError) as err:
        print(f"qmp: {err}", file=sys.stderr)
        sys.exit(2)
