"""Pyro5's gateway, as its command line starts it: python gateway.py <port of the name server>."""

import json
import os
import sys
from wsgiref import simple_server

from Pyro5 import config
from Pyro5.utils import httpgateway

config.NS_HOST = "127.0.0.1"
config.NS_PORT = int(sys.argv[1])
answers = sys.stdout
# Its lines of log, one for each request, cost it more on a terminal.
sys.stdout = sys.stderr = open(os.devnull, "w")


def make_server(*args):
    server = simple_server.make_server(*args)
    print(json.dumps({"value": server.server_port}), file=answers, flush=True)
    return server


httpgateway.make_server = make_server
httpgateway.main(["--host", "127.0.0.1", "--port", "0"])
