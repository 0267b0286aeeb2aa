"""A real Pyro daemon for the interop tests: python server.py 5|4 [config=value ...]. Prints the URI, then READY."""

import sys
import time

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    import Pyro5.errors as errors
    from Pyro5.api import current_context
    import Pyro5
    config = Pyro5.config
else:
    import Pyro4 as pyro
    import Pyro4.errors as errors
    from Pyro4 import current_context
    config = pyro.config

for setting in sys.argv[2:]:
    name, value = setting.split("=", 1)
    setattr(config, name, type(getattr(config, name))(eval(value)))
if generation == 4:
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}


class Unsendable(Exception):
    pass


@pyro.expose
class Thing(object):
    def __init__(self):
        self._value = 42
        self._notes = []

    def add(self, a, b=1):
        return a + b

    def echo(self, x):
        return x

    def nothing(self):
        return None

    def argsback(self, *args, **kwargs):
        return [list(args), kwargs]

    def fail(self, kind):
        if kind == "value":
            raise ValueError("golden value error")
        if kind == "key":
            raise KeyError("k", 42)
        if kind == "zero":
            return 1 // 0
        if kind == "os":
            raise OSError(2, "No such file or directory")
        if kind == "naming":
            raise errors.NamingError("a pyro error")
        if kind == "custom":
            raise Unsendable("custom class error")
        if kind == "attrs":
            e = RuntimeError("with attributes")
            e.code = 17
            raise e

    def gen(self, n):
        for i in range(n):
            yield i

    def badgen(self):
        yield 1
        raise ValueError("broken generator")

    def closing(self):
        try:
            for i in range(1000000):
                yield i
        finally:
            self._notes.append("closed")

    def slow(self, seconds):
        time.sleep(seconds)
        return seconds

    @pyro.oneway
    def note(self, text):
        self._notes.append(text)

    def notes(self):
        return self._notes

    def annotations(self):
        seen = {k: bytes(v) for k, v in current_context.annotations.items() if k not in ("CORR",)}
        current_context.response_annotations = {"RESP": b"reply annotation"}
        return sorted(seen), {k: v.decode() for k, v in seen.items()}

    def correlation(self):
        return str(current_context.correlation_id)

    def uri(self):
        return pyro.URI("PYRO:some.object@example.com:4444")

    def proxy(self):
        return pyro.Proxy("PYRO:some.object@example.com:4444") if generation == 4 else self

    def call(self, other, text):
        return other.echo(text)

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, v):
        self._value = v

    @property
    def readonly(self):
        return "ro"

    def unexposed_property_holder(self):
        return None


daemon = pyro.Daemon(host="localhost")
uri = daemon.register(Thing(), "thing")
print(uri)
print("READY", flush=True)
daemon.requestLoop()
