"""What travels beside calls: python context.py 5|4 serve, or call URI SERIALIZER, or hold URI."""

import json
import sys
import time
import uuid

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5 import config
else:
    import Pyro4 as pyro
    config = pyro.config
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}
current_context = pyro.current_context


@pyro.expose
class Middle(object):
    def forward(self, uri):
        """Calls further while it is called."""
        with pyro.Proxy(uri) as proxy:
            return [str(current_context.correlation_id), proxy.tell()]


if sys.argv[2] == "serve":
    daemon = pyro.Daemon()
    print(daemon.register(Middle(), "middle"))
    print("READY")
    daemon.requestLoop()
elif sys.argv[2] == "call":
    uri, config.SERIALIZER = sys.argv[3:5]
    current_context.correlation_id = uuid.UUID("11111111-2222-3333-4444-555555555555")
    if generation == 5:
        current_context.annotations = {"TEST": b"hello"}
    with pyro.Proxy(uri) as proxy:
        first = proxy.tell()
        second = proxy.tell()
        host, port = proxy._pyroConnection.sock.getsockname()[:2]
        response = bytes(current_context.response_annotations["BACK"]).decode()
        print(json.dumps([first, second, "%s:%d" % (host, port), response]))
else:
    proxy = pyro.Proxy(sys.argv[3])
    print("ALLOCATED", proxy.allocate(), flush=True)
    time.sleep(600)
