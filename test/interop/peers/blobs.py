"""Sends blobs, or takes them: python blobs.py 5|4 send URI SERIALIZER, or python blobs.py 5|4 serve. Prints JSON."""

import json
import sys

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5.api import SerializedBlob
    from Pyro5 import config
else:
    import Pyro4 as pyro
    from Pyro4.core import SerializedBlob
    config = pyro.config
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}


def plain(value):
    """Tuples as lists, bytes as their numbers: what JSON has."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return {"bytes": list(value)}
    return value


def read(blob):
    if blob._data.serializer_id == JSON_ID:
        # Python's own deserialized() finds the word "params" in place of the data.
        return json.loads(bytes(blob._data.data).decode())["params"]
    return blob.deserialized()


JSON_ID = 3 if generation == 5 else 2


@pyro.expose
class Taker(object):
    def take(self, blob):
        return [blob.info, json.dumps(plain(read(blob)))]


if sys.argv[2] == "serve":
    daemon = pyro.Daemon()
    print(daemon.register(Taker(), "taker"))
    print("READY")
    daemon.requestLoop()
else:
    uri, config.SERIALIZER = sys.argv[3:5]
    data = [1, "two", {"three": [4.5, None]}]
    with pyro.Proxy(uri) as proxy:
        print(json.dumps([proxy.take(SerializedBlob("from Python", data)), proxy.add(1, 2)]))
