"""The measuring process of Pyro5's own client: python client.py <port> <serializer or "default">."""

import json
import os
import statistics
import sys
import threading
import time
import traceback

import serpent
import Pyro5.api
from Pyro5 import config

TEXT = "thermostat 7 reads 20.25 degrees Celsius right now"
BLOB = bytes((i * 31 + (i >> 8)) & 0xFF for i in range(1024 * 1024))
STREAM_ITEMS = 100_000
IDLE_CONNECTIONS = 1000
# A proxy makes one call at a time and belongs to one thread: calls at once are proxies and threads at once.
THREADS = (1, 2, 8, 32)

port, serializer = sys.argv[1:]
if serializer != "default":
    config.SERIALIZER = serializer
URI = f"PYRO:bench@127.0.0.1:{port}"
clock = time.perf_counter


def connect():
    proxy = Pyro5.api.Proxy(URI)
    proxy._pyroBind()
    return proxy


def calls_until(call, end):
    count = 0
    while clock() < end:
        call()
        count += 1
    return count


def rate(call, ms):
    start = clock()
    count = calls_until(call, start + ms / 1000)
    return count / (clock() - start)


class Loads:
    def __init__(self):
        self.proxy = connect()
        self.idle = []

    def sequential(self, ms):
        return rate(lambda: self.proxy.echo(TEXT), ms)

    def outstanding(self, ms):
        """The best that any number of threads gives."""
        return max(self.threaded(count, ms / len(THREADS)) for count in THREADS)

    def threaded(self, count, ms):
        ready = threading.Barrier(count + 1)
        made = []

        def run():
            with connect() as proxy:
                proxy.echo(TEXT)
                ready.wait()
                made.append(calls_until(lambda: proxy.echo(TEXT), clock() + ms / 1000))

        threads = [threading.Thread(target=run) for _ in range(count)]
        for thread in threads:
            thread.start()
        ready.wait()
        start = clock()
        for thread in threads:
            thread.join()
        return sum(made) / (clock() - start)

    def bytes(self, ms):
        def echo():
            if serpent.tobytes(self.proxy.bytes(BLOB)) != BLOB:
                raise ValueError("other bytes came back")

        return rate(echo, ms) * len(BLOB)

    def streams(self, ms):
        start = clock()
        count = 0
        while clock() - start < ms / 1000:
            for expected, item in enumerate(self.proxy.items(STREAM_ITEMS)):
                if item != expected:
                    raise ValueError("another item came")
                count += 1
                if count % 64 == 0 and clock() - start >= ms / 1000:
                    break
        return count / (clock() - start)

    def connect(self, ms):
        times = []
        end = clock() + ms / 1000
        while clock() < end:
            before = clock()
            proxy = connect()
            proxy.echo(TEXT)
            times.append(clock() - before)
            proxy._pyroRelease()
        return statistics.median(times) * 1000

    def memory(self, ms):
        for _ in range(IDLE_CONNECTIONS):
            proxy = connect()
            proxy.echo(TEXT)
            self.idle.append(proxy)
        return IDLE_CONNECTIONS


def main():
    loads = Loads()
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = {"value": getattr(loads, question["scenario"])(question["ms"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)
    os._exit(0)


main()
