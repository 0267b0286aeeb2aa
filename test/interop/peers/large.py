"""Large data over Pyro: python large.py 5|4 serve, or python large.py 5|4 TASK URI SERIALIZER. Prints JSON."""

import hashlib
import json
import sys
import zlib

import serpent

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5 import config
else:
    import Pyro4 as pyro
    config = pyro.config
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}

current_context = pyro.current_context


def piece(i, size=50000):
    return bytes(bytearray((i + k) % 251 for k in range(size)))


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pyro.expose
class Files(object):
    def annotation_stream(self, count):
        """As in Pyro's filetransfer example."""
        for i in range(count):
            chunk = piece(i)
            current_context.response_annotations = {"FDAT": chunk}
            yield (i, zlib.crc32(chunk) & 0xFFFFFFFF)

    def annotation(self, size):
        current_context.response_annotations = {"FDAT": b"x" * size}
        return size

    def received(self):
        """The annotation of the request."""
        data = bytes(current_context.annotations["FDAT"])
        return [len(data), zlib.crc32(data) & 0xFFFFFFFF]

    def chunks(self, count, size):
        chunk = b"y" * size
        for _ in range(count):
            yield chunk

    def size_of(self, data):
        return len(serpent.tobytes(data) if isinstance(data, dict) else data)

    def bytes(self, size):
        return b"z" * size


def annotation_stream(proxy):
    ok = []
    for i, crc in proxy.annotation_stream(4):
        chunk = bytes(current_context.response_annotations["FDAT"])
        ok.append([i, zlib.crc32(chunk) & 0xFFFFFFFF == crc, chunk == piece(i)])
        current_context.response_annotations = {}
    return ok


def annotation(proxy):
    data = piece(3)
    current_context.annotations = {"FDAT": data}
    return [proxy.received(), [len(data), zlib.crc32(data) & 0xFFFFFFFF]]


def chunks(proxy, count=40, size=100000):
    total = 0
    for chunk in proxy.chunks(count, size):
        total += len(serpent.tobytes(chunk) if isinstance(chunk, dict) else chunk)
    return total


def too_large(proxy):
    try:
        proxy.bytes(200000)
    except Exception as error:
        return [type(error).__name__, str(error), proxy.size_of(b"abc")]


if sys.argv[2] == "serve":
    daemon = pyro.Daemon(host="localhost")
    print(daemon.register(Files(), "files"))
    print("READY")
    daemon.requestLoop()
else:
    uri, config.SERIALIZER = sys.argv[3:5]
    args = map(int, sys.argv[5:])
    with pyro.Proxy(uri) as proxy:
        print(json.dumps({"annotation_stream": annotation_stream, "annotation": annotation, "chunks": chunks,
                          "too_large": too_large}[sys.argv[2]](proxy, *args)))
