"""Objects for pages, behind a gateway of ours: python lab.py Pyro5|Pyro4 PORT_OF_THE_NAME_SERVER NAME."""

import importlib
import sys

which, port = sys.argv[1], int(sys.argv[2])
Pyro = importlib.import_module(which + (".api" if which == "Pyro5" else ""))
if which == "Pyro4":
    Pyro.config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}


@Pyro.expose
class Lab(object):
    def __init__(self):
        self._level = 1.5
        self._kept = None

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, value):
        self._level = value

    def add(self, a, b=1):
        """Adds."""
        return a + b

    def echo(self, value):
        return value

    def kind(self, value):
        return type(value).__name__

    def fail(self):
        raise KeyError("on purpose", 42)

    def count(self, to):
        for i in range(to):
            yield i

    def each(self, values, tell):
        return [tell.call(value) for value in values]

    def keep(self, tell):
        self._kept = tell

    def tell_kept(self, value):
        """What the function answered, or the words of the exception."""
        if which == "Pyro5":
            self._kept._pyroClaimOwnership()
        try:
            return self._kept.call(value)
        except Exception as problem:
            return str(problem)


daemon = Pyro.Daemon(port=0)
names = Pyro.locate_ns("localhost", port) if which == "Pyro5" else Pyro.locateNS("localhost", port)
names.register(sys.argv[3], daemon.register(Lab()))
print("READY")
daemon.requestLoop()
