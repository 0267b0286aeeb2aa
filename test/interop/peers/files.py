"""Files over Pyro, by the conventions of docs/files.md.

python files.py 5|4 serve FOLDER: serves the files of a folder. python files.py 5|4 copy URI SERIALIZER: takes a file from
a FileStore and puts it back under another name; prints JSON.
"""

import hashlib
import json
import os
import sys

import serpent

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5 import config
else:
    import Pyro4 as pyro
    config = pyro.config
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}


def tobytes(data):
    return serpent.tobytes(data) if isinstance(data, dict) else bytes(data)


@pyro.expose
class Files(object):
    def __init__(self, folder):
        self.folder = folder

    def get(self, name, offset=0):
        path = os.path.join(self.folder, name)
        yield {"length": os.path.getsize(path)}
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read(offset))
            for data in iter(lambda: file.read(10000), b""):
                digest.update(data)
                yield data
        yield {"sha256": digest.hexdigest()}

    def plain(self, name):
        """A generator of bytes, and nothing else."""
        with open(os.path.join(self.folder, name), "rb") as file:
            for data in iter(lambda: file.read(10000), b""):
                yield data

    def whole(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def broken(self, offset=0):
        yield {"length": 50000}
        yield b"x" * 20000
        raise OSError("the disk is gone")

    def short(self):
        yield {"length": 50000}
        yield b"x" * 20000

    def wrong(self):
        yield b"x" * 20000
        yield {"sha256": hashlib.sha256(b"something else").hexdigest()}

    def number(self):
        return 42

    def put(self, name, data, offset=None, sha256=None):
        path = os.path.join(self.folder, name + ".part")
        data = tobytes(data)
        if offset is not None:
            with open(path, "r+b" if offset else "wb") as file:
                file.seek(offset)
                file.write(data)
        held = os.path.getsize(path) if os.path.exists(path) else 0
        if sha256 is not None:
            with open(path, "rb") as file:
                if hashlib.sha256(file.read()).hexdigest() != sha256:
                    raise ValueError("the hash is another")
            os.replace(path, path[:-5])
        return held

    def load(self, data):
        with open(os.path.join(self.folder, "loaded"), "wb") as file:
            file.write(tobytes(data))


def copy(store):
    facts, data = {}, b""
    for item in store.get("scan.bin", 0):
        if isinstance(item, dict) and "encoding" not in item:
            facts.update(item)
        else:
            data += tobytes(item)
    assert hashlib.sha256(data).hexdigest() == facts["sha256"] and len(data) == facts["length"]
    held = [store.put("copy.bin", b"", 0), store.put("copy.bin", data[:70000], 0), store.put("copy.bin", data[70000:], 70000)]
    store.put("copy.bin", b"", len(data), sha256=facts["sha256"])
    return [len(data), held, [file["name"] for file in store.list()]]


if sys.argv[2] == "serve":
    daemon = pyro.Daemon(host="localhost")
    print(daemon.register(Files(sys.argv[3]), "files"))
    print("READY")
    daemon.requestLoop()
else:
    uri, config.SERIALIZER = sys.argv[3:5]
    with pyro.Proxy(uri) as store:
        print(json.dumps(copy(store)))
