"""Serves BasicServer, with an asynchronous method as pyro_support has them. Arguments: Pyro4 or Pyro5, port of the name server."""

import importlib
import sys
import threading

which, port = sys.argv[1], int(sys.argv[2])
Pyro = importlib.import_module(which + (".api" if which == "Pyro5" else ""))


@Pyro.expose
class BasicServer(object):
    def square(self, x):
        return x**2

    @Pyro.oneway
    def slowly(self, x, cb_info=None):
        handler = cb_info["cb_handler"]
        if which == "Pyro5":
            handler._pyroClaimOwnership()
        getattr(handler, cb_info["cb_updates"])("working on", x)
        getattr(handler, cb_info["cb"])(x**2)

    def fail(self):
        raise KeyError("on purpose")

    def size(self, data):
        return [type(data).__name__, len(data)]

    def raw(self):
        return b"\x00\xff"

    def items(self):
        yield 1
        yield 2

    def who(self):
        return str(Pyro.current_context.correlation_id)


daemon = Pyro.Daemon(port=0)
names = Pyro.locate_ns("localhost", port) if which == "Pyro5" else Pyro.locateNS("localhost", port)
names.register("BasicServer", daemon.register(BasicServer(), "BasicServer"))
print("ready", daemon.uriFor("BasicServer"))
daemon.requestLoop()
