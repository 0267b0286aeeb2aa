"""A stand-in for PyProximity's stock client (generations 1 and 2), which is Python 2: what it does, as recorded.

python proximity_client.py URL msgpack|json. Each line of file descriptor 3 is Python that is evaluated with `proxy(name)`,
which makes a proxy or gives the one there is; its outcome is printed as a line of JSON: ["value", …] or ["error", …].
"""

import json
import sys

import msgpack
import zmq

from proximity_values import mark, unpack

url, encoding = sys.argv[1], sys.argv[2]
context = zmq.Context()


def pack(value):
    if encoding == "json":
        return json.dumps(value).encode()
    return msgpack.packb(value, default=mark)


class PyProximityException(Exception):
    pass


class Proxy(object):
    def __init__(self, name, seconds=60, patience=20):
        self._name = name
        self._seconds = seconds
        # For the list of methods: 0.1 seconds in the original, which on a busy machine may be too few.
        self._patience = patience
        self._connect()

    def _connect(self):
        self._socket = context.socket(zmq.REQ)
        self._socket.connect(url)
        self._methods = None
        self._send({"name": self._name, "proc": "list_methods", "args": [], "kwargs": {}})
        self._socket.poll(self._patience * 1000)
        self._complete()

    def _send(self, message):
        self._socket.send(pack(message))

    def _complete(self):
        if not self._socket.poll(0):
            return
        self._methods = {}
        # Of an unknown interface two texts come, which are no pairs.
        for name, doc in unpack(self._socket.recv(), encoding):
            self._methods[name] = doc

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if self._methods is None:
            self._complete()
        if not self._methods or name not in self._methods:
            raise AttributeError(name)

        def call(*args, **kwargs):
            return self._call(name, args, kwargs)

        call.__doc__ = self._methods[name]
        return call

    def _call(self, proc, args, kwargs):
        self._send({"name": self._name, "proc": proc, "args": list(args), "kwargs": kwargs})
        if not self._socket.poll(self._seconds * 1000):
            print("time-out", file=sys.stderr)
            self._socket.close()
            self._connect()
            return None
        answer = unpack(self._socket.recv(), encoding)
        if isinstance(answer, dict) and "EXCEPTION" in answer:
            raise PyProximityException(answer["EXCEPTION"])
        return answer


proxies = {}


def proxy(name, *options):
    if name not in proxies:
        proxies[name] = Proxy(name, *options)
    return proxies[name]


def shown(value):
    return {"bytes": value.hex()} if isinstance(value, bytes) else repr(value)


print("READY", flush=True)
for line in open(3):
    try:
        outcome = ["value", eval(line)]
    except Exception as error:
        outcome = ["error", type(error).__name__, list(error.args)]
    print(json.dumps(outcome, default=shown), flush=True)
