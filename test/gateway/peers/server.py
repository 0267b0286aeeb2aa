"""Serves http.thing and hidden.thing, for Pyro's gateway and ours. Arguments: Pyro4 or Pyro5, port of the name server."""

import datetime
import decimal
import importlib
import itertools
import math
import sys
import threading
import uuid

which, port = sys.argv[1], int(sys.argv[2])
Pyro = importlib.import_module(which + (".api" if which == "Pyro5" else ""))


# Each connection has an instance of its own.
numbers = itertools.count(1)
held = threading.Event()


@Pyro.expose
class Thing(object):
    count = 3

    def __init__(self):
        self._level = 1.5

    @property
    def level(self):
        return self._level

    def add(self, a, b="0"):
        return a + b

    def echo(self, **kwargs):
        return kwargs

    def nothing(self):
        return None

    def values(self):
        return {
            "none": None,
            "text": "\u00e4\u20ac\U0001d11e",
            "list": [1, 2.5, True, "x"],
            "tuple": (1, 2),
            "date": datetime.datetime(2026, 11, 21, 8, 30),
            "decimal": decimal.Decimal("1.50"),
            "uuid": uuid.UUID("f1f8d00c-3f86-4f3f-8f23-5f7b3a1ae4f1"),
            "large": 2**70,
        }

    def nan(self):
        return [math.nan, math.inf]

    def uri(self):
        return Pyro.URI("PYRO:x@localhost:1")

    def made(self):
        return next(numbers)

    def hold(self):
        held.wait(30)
        return "held"

    def let_go(self):
        held.set()

    def unsendable(self, made):
        # Of this error Python tells its caller, and closes the connection.
        if made == "yes":
            raise Pyro.errors.SerializeError("on purpose")
        return made

    def give_up(self, made):
        # Of this one it does not even tell.
        if made == "yes":
            raise Pyro.errors.CommunicationError("on purpose")
        return made

    def correlation(self):
        return str(Pyro.current_context.correlation_id)

    def fail(self):
        raise ValueError("on purpose", 42)

    def divide(self):
        return 1 // 0

    def items(self):
        yield 1
        yield 2

    @Pyro.oneway
    def forget(self):
        return 1


daemon = Pyro.Daemon(port=0)
names = Pyro.locate_ns("localhost", port) if which == "Pyro5" else Pyro.locateNS("localhost", port)
for name in ("http.thing", "http.with/slash", "hidden.thing"):
    # A class can be registered once.
    names.register(name, daemon.register(Pyro.expose(type("Thing", (Thing,), {})), name))
print("ready")
daemon.requestLoop()
