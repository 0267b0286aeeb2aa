"""A name server of Pyro5, on a free port."""

import json

import Pyro5.nameserver

_uri, daemon, _broadcast = Pyro5.nameserver.start_ns("127.0.0.1", 0, enableBroadcast=False)
print(json.dumps({"value": int(daemon.locationStr.rsplit(":", 1)[1])}), flush=True)
daemon.requestLoop()
