"""Serves an instrument, and prints its URI. Argument: Pyro4 or Pyro5."""

import importlib
import sys

which = sys.argv[1]
Pyro = importlib.import_module(which + (".api" if which == "Pyro5" else ""))


@Pyro.expose
class Instrument(object):
    def __init__(self):
        self._level = 1.5

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, value):
        if value > 10:
            raise ValueError("level must be 10 at most, got %r" % value)
        self._level = value

    @property
    def serial(self):
        return "A-17"

    def describe(self, *args, **kwargs):
        return "%s got %s and %s" % (which, list(args), sorted(kwargs.items()))

    def divide(self, a, b):
        return a / b

    def sweep(self, count):
        for i in range(count):
            yield i * i


daemon = Pyro.Daemon(port=0)
print(daemon.register(Instrument(), "instrument"))
sys.stdout.flush()
daemon.requestLoop()
