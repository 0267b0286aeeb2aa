"""The serving process of Pyro5: python server.py <serializer or "default"> <thread or multiplex>.

Says its port, then on each question how much memory it uses, in bytes.
"""

import gc
import json
import os
import sys
import threading

import serpent
import Pyro5.api
from Pyro5 import config


@Pyro5.api.expose
class Bench:
    def echo(self, text):
        return text

    def bytes(self, data):
        # serpent carries bytes as a dict of base64 text, and leaves it to the receiver to see to that
        return serpent.tobytes(data)

    def items(self, count):
        for i in range(count):
            yield i


def rss():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main():
    _, servertype = sys.argv[1:]
    config.SERVERTYPE = servertype
    daemon = Pyro5.api.Daemon(host="127.0.0.1", port=0)
    daemon.register(Bench(), "bench")
    threading.Thread(target=daemon.requestLoop, daemon=True).start()
    print(json.dumps({"value": int(daemon.locationStr.rsplit(":", 1)[1])}), flush=True)
    for _line in sys.stdin:
        try:
            answer = {"value": rss()}
        except OSError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    os._exit(0)


main()
