"""The manager of the Python package msl-network, on a free port."""

import json
import os
import socket
import threading
import time

from msl.network.manager import run_forever

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]


def announce():
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.02)
    print(json.dumps({"value": port}), flush=True)


threading.Thread(target=announce, daemon=True).start()
# A line of log for each request would be measured, too. Nothing is left in any folder.
run_forever(
    host="127.0.0.1",
    port=port,
    disable_tls=True,
    database=":memory:",
    log_level="WARNING",
    log_file=os.devnull,
)
