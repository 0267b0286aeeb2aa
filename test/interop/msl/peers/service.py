"""A stock service: service.py PORT {"name": …, "max_clients": …, and keyword arguments of Service.start}"""

import json
import sys
import time

from msl.network import Service

options = json.loads(sys.argv[2])


class Calc(Service):
    units = "mm"

    def __init__(self):
        super().__init__(name=options.pop("name", "Calc"), max_clients=options.pop("max_clients", None))

    def add(self, x: float, y: float = 1) -> float:
        return x + y

    def echo(self, *args, **kwargs):
        return args, kwargs

    def fail(self):
        raise ValueError("x must be\npositive")

    def wait(self, seconds, tag=None):
        time.sleep(seconds)
        return tag

    def text(self, size):
        return "é" * size

    def complex(self):
        return 1j

    def odd(self):
        return [float("nan"), float("inf"), -float("inf"), 2**70, 1.0, -0.0, "\u2028"]

    def emit(self, *args, **kwargs):
        self.emit_notification_threadsafe(*args, **kwargs)
        return True

    def leave(self):
        # As after a power cut: nothing more is said.
        import os

        os._exit(1)

    def shutdown_service(self, *args, **kwargs):
        return [args, kwargs]


print("starting", flush=True)
Calc().start(port=int(sys.argv[1]), **options)
print("ended", flush=True)
