"""A real client for the table of values: python values_client.py 5|4 SERIALIZER URI. Prints one JSON object."""

import json
import sys

import lab

pyro = lab.peer(int(sys.argv[1]))
NAMES = lab.names(pyro)
serializer, uri = sys.argv[2:4]


def connected():
    proxy = pyro.Proxy(uri)
    proxy._pyroSerializer = serializer
    return proxy


def tried(call):
    """What a call returns, or how it failed. Each has a connection of its own, since a failure may close it."""
    with connected() as proxy:
        try:
            return call(proxy)
        except Exception as e:
            return lab.failure(e)


with connected() as proxy:
    expressions, count = proxy.table()

print(json.dumps({
    # Python to TypeScript: how the other side saw the argument.
    "arguments": [tried(lambda proxy: proxy.seen(eval(text, dict(NAMES)))) for text in expressions],
    # TypeScript to Python: how the result looks here.
    "results": [tried(lambda proxy: lab.show(proxy.make(i))) for i in range(count)],
}))
