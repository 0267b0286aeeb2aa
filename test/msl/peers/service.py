# A stock service: the keyword arguments of `start` as JSON.
import json
import sys
import time

from msl.network import Service


class Calc(Service):
    units = "mm"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.count = 0

    def add_numbers(self, a, b, c, d):
        return a + b + c + d

    def power(self, a, n=2):
        return a ** n

    def fail(self, text: str = "x must be positive") -> None:
        raise ValueError(text)

    def lookup(self, key):
        return {}[key]

    def wait(self, seconds, tag=None):
        time.sleep(seconds)
        return tag

    def echo(self, *args, **kwargs):
        return [args, kwargs]

    def emit(self, *args, **kwargs):
        self.emit_notification_threadsafe(*args, **kwargs)

    def shutdown_service(self, *args, **kwargs):
        return ["bye", args, kwargs]


kwargs = json.loads(sys.argv[1])
Calc(name=kwargs.pop("name", "Calc"), max_clients=kwargs.pop("max_clients", None)).start(**kwargs)
