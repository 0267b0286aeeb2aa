"""A real daemon for the table of values: python values_daemon.py 5|4. Prints its URI, then READY."""

import sys

import lab

pyro = lab.peer(int(sys.argv[1]))
NAMES = lab.names(pyro)


@pyro.expose
class Values(object):
    def make(self, expression):
        """The value of a Python expression."""
        return eval(expression, dict(NAMES))

    def seen(self, value):
        """How a value looks to Python."""
        return lab.show(value)

    def echo(self, value):
        return value

    def fail(self, expression):
        """Raises the exception that a Python expression makes."""
        raise self.make(expression)


daemon = pyro.Daemon(host="localhost")
print(daemon.register(Values(), "values"))
print("READY", flush=True)
daemon.requestLoop()
