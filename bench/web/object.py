"""An object of Python's that a name server lists as http.bench: python object.py <port of the name server>."""

import json
import sys

import Pyro5.api


@Pyro5.api.expose
class Bench:
    def echo(self, text):
        return text


daemon = Pyro5.api.Daemon(host="127.0.0.1", port=0)
uri = daemon.register(Bench())
with Pyro5.api.locate_ns("127.0.0.1", int(sys.argv[1])) as names:
    names.register("http.bench", uri)
print(json.dumps({"value": 0}), flush=True)
daemon.requestLoop()
