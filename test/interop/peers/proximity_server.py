"""A stand-in for PyProximity's stock server (generations 1 and 2), which is Python 2: what it does, as recorded.

python proximity_server.py PORT msgpack|json [old]. Prints the URL, then READY. One REP socket, one loop, one call at a
time; what cannot be read, or not be written, ends it with a traceback. `old` is generation 0b: no usage lines, and an
unknown interface asked for its list ends it.
"""

import datetime
import inspect
import json
import sys
import time
import traceback

import msgpack
import zmq

from proximity_values import mark, unpack

port, encoding = sys.argv[1], sys.argv[2]
old = "old" in sys.argv[3:]


def pack(value):
    if encoding == "json":
        return json.dumps(value, separators=(",", ":")).encode()
    return msgpack.packb(value, default=mark)


class Cat(object):
    def __init__(self, says, doc):
        self._says = says
        type(self).cat.__doc__ = doc

    def _hidden(self):
        return "secret"


class Calm(Cat):
    def cat(self):
        return self._says


class Angry(Cat):
    def cat(self):
        return self._says


class Maths(object):
    counted = 0

    def add_two(self, x, y):
        """Sum of two values.

        x: first
            y: second, indented four more
        """
        return x + y

    def div_two(self, x, y):
        return x // y

    def greet(self, name, greeting="hello", *rest, **named):
        """One line only"""
        return greeting, name, rest, named

    def echo(self, v):
        """Returns its argument."""
        return v

    def nothing(self):
        pass

    def pair(self):
        return 1, "two"

    def now(self):
        return datetime.datetime(2014, 10, 2, 11, 47, 5, 250000)

    def span(self):
        return datetime.timedelta(0, 3600, 500000)

    def slow(self, seconds):
        print("slow", flush=True)
        time.sleep(seconds)
        return seconds

    def count(self):
        Maths.counted += 1
        return Maths.counted

    def unpackable(self):
        return object()

    def looks_like_error(self):
        return {"EXCEPTION": ["Fake", "not an error", []]}


def documented(name, method):
    doc = inspect.cleandoc(method.__doc__ or "")
    if old:
        return doc or None
    spec = inspect.getfullargspec(method)
    return "usage: %s(%s)\n%s" % (name, ", ".join(spec.args[1:]), doc)


def methods_of(thing):
    bound = inspect.getmembers(thing, inspect.ismethod)
    # Hidden ones are not listed, and yet are carried out.
    return dict(bound), [[n, documented(n, m)] for n, m in bound if not n.startswith("_")]


interfaces = {
    "maths": methods_of(Maths()),
    "animals": methods_of(Calm("meow", "A calm cat.")),
    "animals.angry": methods_of(Angry("hiss", "An annoyed cat.")),
}


def failure():
    kind, error, trace = sys.exc_info()
    shape = [kind.__name__, str(error), traceback.format_tb(trace)]
    return shape if old else {"EXCEPTION": shape}


def dispatch(message):
    proc, name = message["proc"], message["name"]
    if proc == "list_methods":
        if old:
            return interfaces[name][1]
        try:
            return interfaces[name][1]
        except KeyError as error:
            return ["Interface error", str(error)]
    try:
        method = interfaces[name][0][proc]
        return method(*message["args"], **message["kwargs"])
    except Exception:
        return failure()


socket = zmq.Context().socket(zmq.REP)
socket.bind("tcp://127.0.0.1:%s" % port)
print(socket.getsockopt_string(zmq.LAST_ENDPOINT))
print("READY", flush=True)
while True:
    socket.send(pack(dispatch(unpack(socket.recv(), encoding))))
