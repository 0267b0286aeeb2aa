"""Stand-ins for generation 3 of PyProximity with its broker, which is Python 2: what they do, as recorded.

python proximity_broker.py broker SECONDS      prints the ports of front, back and publishing, then READY
python proximity_broker.py worker BACK NAME json|msgpack SECONDS
python proximity_broker.py client FRONT NAME json|msgpack    takes lines of Python from file descriptor 3: `call(…)`

SECONDS is between heartbeats, 5 in the original.
"""

import json
import sys
import time
import traceback

import msgpack
import zmq

READY, HEARTBEAT, REQ_ACK, NO_SUCH_WORKER, RPC = b"\1", b"\2", b"\3", b"\4", b"\5"
QUIT, KILL_WORKERS, GET_HOSTS = b"\x10", b"\x11", b"\x12"
PUBLICATIONS = (b"\0x06", b"\0x07", b"\0x08")

context = zmq.Context()


def bound(kind):
    socket = context.socket(kind)
    return socket, socket.bind_to_random_port("tcp://127.0.0.1")


def broker(seconds):
    front, front_port = bound(zmq.ROUTER)
    back, back_port = bound(zmq.ROUTER)
    control, control_port = bound(zmq.REP)
    publishing, publishing_port = bound(zmq.PUB)
    print(front_port, back_port, control_port, publishing_port)
    print("READY", flush=True)
    workers = {}
    pending = {}
    poller = zmq.Poller()
    for socket in (front, back, control):
        poller.register(socket, zmq.POLLIN)
    while True:
        events = dict(poller.poll(int(seconds * 250)))
        now = time.time()
        if back in events:
            frames = back.recv_multipart()
            name, rest = frames[0], frames[1:]
            if rest[0] in (READY, HEARTBEAT) and len(rest) == 2:
                if name not in workers:
                    publishing.send_multipart(
                        [b"Broker:NewWorker", json.dumps([name.decode(), rest[1].decode()]).encode()]
                    )
                workers[name] = [now + 3 * seconds, rest[1]]
                back.send_multipart([name, HEARTBEAT])
            elif rest[0] in PUBLICATIONS:
                publishing.send_multipart(rest[1:])
            else:
                client = rest[0]
                pending.get(name, set()).discard(client)
                front.send_multipart([client] + rest[1:])
        if front in events:
            frames = front.recv_multipart()
            client, rest = frames[0], frames[1:]
            if rest[0] == GET_HOSTS:
                hosts = [[n.decode(), h.decode()] for n, (_, h) in workers.items()]
                front.send_multipart([client, GET_HOSTS, json.dumps(hosts).encode()])
            elif rest[0] not in workers:
                front.send_multipart([client, rest[0], NO_SUCH_WORKER])
            else:
                pending.setdefault(rest[0], set()).add(client)
                front.send_multipart([client, REQ_ACK])
                back.send_multipart([rest[0], client] + rest)
        if control in events:
            frames = control.recv_multipart()
            if frames[0] == KILL_WORKERS:
                for name in workers:
                    back.send_multipart([name, QUIT])
                control.send(b"All workers sent the QUIT message")
            elif frames[0] == QUIT:
                control.send(b"Router is quitting.")
                return
        for name in [n for n, (until, _) in workers.items() if until < now]:
            del workers[name]
            publishing.send_multipart([b"Broker:ExpiredWorker", json.dumps(name.decode()).encode()])
            for client in pending.pop(name, ()):
                front.send_multipart([client, NO_SUCH_WORKER])


def packer(encoding):
    if encoding == "json":
        return lambda value: json.dumps(value).encode(), json.loads
    return msgpack.packb, lambda data: msgpack.unpackb(data, strict_map_key=False)


class Maths(object):
    def add_two(self, x, y):
        """Sum of two values."""
        return x + y

    def div_two(self, x, y):
        return x // y

    def nothing(self):
        pass


def worker(back, name, encoding, seconds):
    pack, unpack = packer(encoding)
    socket = context.socket(zmq.DEALER)
    socket.identity = name.encode()
    socket.connect("tcp://127.0.0.1:%s" % back)
    socket.send_multipart([READY, b"host1"])
    maths = Maths()
    methods = {n: getattr(maths, n) for n in ("add_two", "div_two", "nothing")}
    listed = [[n, "usage: %s()\n%s" % (n, m.__doc__ or "")] for n, m in methods.items()]
    # The broker's answer to READY.
    assert socket.recv_multipart() == [HEARTBEAT]
    print("READY", flush=True)
    while True:
        if not socket.poll(int(seconds * 1000)):
            socket.send_multipart([HEARTBEAT, b"host1"])
            continue
        frames = socket.recv_multipart()
        if frames[0] == QUIT:
            return
        if len(frames) < 3:
            continue
        client, own, payload = frames
        request = unpack(payload)
        if request["proc"] == "list_methods":
            answer = listed if request["name"] == "maths" else ["Interface error", repr(request["name"])]
        else:
            try:
                if request["name"] != "maths":
                    raise KeyError(request["name"])
                method = methods[request["proc"]]
                request["return"] = method(*request["args"], **request["kwargs"])
            except Exception:
                kind, error, trace = sys.exc_info()
                request["return"] = [False, "EXCEPTION", [kind.__name__, str(error), traceback.format_tb(trace)]]
            answer = request
        socket.send_multipart([client, own, RPC, pack(answer)])


def client(front, name, encoding):
    pack, unpack = packer(encoding)
    socket = context.socket(zmq.DEALER)
    socket.connect("tcp://127.0.0.1:%s" % front)

    def call(interface, proc, *args, **kwargs):
        request = {"name": interface, "proc": proc, "args": args, "kwargs": kwargs}
        socket.send_multipart([name.encode(), pack(request)])
        acknowledged = False
        while socket.poll(5000):
            frames = socket.recv_multipart()
            if frames == [REQ_ACK]:
                acknowledged = True
            elif frames[-1] == NO_SUCH_WORKER:
                return "no such worker"
            elif frames[0] == name.encode() and frames[1] == RPC:
                answer = unpack(frames[2])
                if proc == "list_methods":
                    return [acknowledged, answer]
                # Answers to other requests are dropped.
                if answer["name"] == interface and answer["proc"] == proc:
                    return answer["return"]
        return "time-out"

    print("READY", flush=True)
    for line in open(3):
        try:
            outcome = ["value", eval(line, {"call": call})]
        except Exception as error:
            outcome = ["error", type(error).__name__, str(error)]
        print(json.dumps(outcome), flush=True)


role, arguments = sys.argv[1], sys.argv[2:]
if role == "broker":
    broker(float(arguments[0]))
elif role == "worker":
    worker(arguments[0], arguments[1], arguments[2], float(arguments[3]))
else:
    client(*arguments)
