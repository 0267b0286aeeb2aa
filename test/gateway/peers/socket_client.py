"""Calls by Socket.IO, as python-socketio does. Arguments: the gateway's URL, the transport."""

import json
import sys
import threading

import socketio

url, transport = sys.argv[1:]
client = socketio.Client(reconnection=False)
answered = threading.Event()
events = []


@client.on("square", namespace="/BasicServer")
def on_square(data):
    events.append(data)
    answered.set()


client.connect(url, namespaces=["/BasicServer"], transports=[transport], auth={"key": "k"}, wait_timeout=30)
client.emit("square", {"args": 2, "kwargs": {}}, namespace="/BasicServer")
answered.wait(30)


def call(event, **asked):
    return client.call(event, asked, namespace="/BasicServer", timeout=30)


failed = call("fail")
print(json.dumps({
    "event": [events[0]["status"], events[0]["result"]],
    "call": call("square", kwargs={"x": 3})["result"],
    "bytes": [call("size", args=[b"\x01\x02"])["result"], list(call("raw")["result"])],
    "error": [failed["status"], failed["result"], failed["error"]["__class__"]],
}))
client.disconnect()
