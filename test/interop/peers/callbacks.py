"""Calls back, or is called back: python callbacks.py 5|4 serve, or python callbacks.py 5|4 call URI SERIALIZER. Prints JSON."""

import json
import sys
import threading

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5 import config
else:
    import Pyro4 as pyro
    config = pyro.config
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}


def own(proxy):
    """A Pyro5 proxy belongs to the thread that last used it."""
    if generation == 5:
        proxy._pyroClaimOwnership()
    return proxy


@pyro.expose
@pyro.behavior(instance_mode="single")
class Caller(object):
    def __init__(self):
        self.kept = None

    def invoke(self, callback, name, *args, **kwargs):
        return getattr(callback, name)(*args, **kwargs)

    def nested(self, options):
        return [callback.call(i) for i, callback in enumerate(options["on"])]

    def attribute(self, callback, name):
        return getattr(callback, name)

    def members(self, callback):
        callback._pyroBind()
        return sorted(callback._pyroMethods), sorted(callback._pyroAttrs), sorted(callback._pyroOneway)

    def total(self, callback, n):
        return sum(callback.call(n))

    def fails(self, callback):
        try:
            callback.call()
        except Exception as x:
            return [type(x).__name__, str(x)]

    def keep(self, callback):
        self.kept = callback

    def kept_call(self, *args):
        return own(self.kept).call(*args)

    def address(self, callback):
        return callback._pyroUri.location

    def chain(self, callback):
        """What a callback sees of a call that passes through Python."""
        return callback.call()


@pyro.expose
class Listener(object):
    def __init__(self):
        self.heard = []

    def hear(self, text):
        self.heard.append(text)
        return "heard " + text

    @pyro.callback
    def fail(self):
        raise ValueError("in a callback")

    @pyro.oneway
    def note(self, text):
        self.heard.append(text)


if sys.argv[2] == "serve":
    daemon = pyro.Daemon()
    print(daemon.register(Caller(), "caller"))
    print("READY")
    daemon.requestLoop()
else:
    uri, config.SERIALIZER = sys.argv[3:5]
    daemon = pyro.Daemon()
    listener = Listener()
    daemon.register(listener)
    threading.Thread(target=daemon.requestLoop, daemon=True).start()
    with pyro.Proxy(uri) as proxy:
        print(json.dumps([proxy.talk_to(listener), listener.heard]))
