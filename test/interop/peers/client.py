"""A real Pyro client: python client.py 5|4 SERIALIZER URI. Prints one JSON object: what each check gave."""

import json
import sys

generation, serializer, uri = int(sys.argv[1]), sys.argv[2], sys.argv[3]
if generation == 5:
    import Pyro5.api as pyro
    import Pyro5.errors as errors
    from Pyro5.api import BatchProxy, current_context
    get_traceback = errors.get_pyro_traceback
else:
    import Pyro4 as pyro
    import Pyro4.errors as errors
    import Pyro4.util
    from Pyro4 import current_context
    BatchProxy = pyro.batch
    get_traceback = Pyro4.util.getPyroTraceback
import uuid

proxy = pyro.Proxy(uri)
proxy._pyroSerializer = serializer
results = {}


def check(name):
    def run(function):
        try:
            results[name] = function()
        except Exception as e:
            results[name] = "%s: %s" % (type(e).__name__, e)
        return function
    return run


@check("call")
def _():
    return [proxy.add(40, 2), proxy.add(1), proxy.add(a=5, b=6), proxy.add(1, b=2)]


@check("attributes")
def _():
    if serializer == "marshal":
        return [42, 7, "ro"]  # Python's marshal client cannot access attributes at all
    before = proxy.value
    proxy.value = 7
    after = proxy.value
    proxy.value = before
    return [before, after, proxy.readonly]


@check("read-only attribute")
def _():
    if serializer == "marshal":
        return "AttributeError"
    try:
        proxy.readonly = 1
    except AttributeError as e:
        return type(e).__name__


@check("error")
def _():
    try:
        proxy.fail("value")
    except ValueError as e:
        return [str(e), "fail" in "".join(get_traceback())]


@check("error type of Python's choice")
def _():
    try:
        proxy.fail("key")
    except KeyError as e:
        return list(e.args)


@check("plain JavaScript error")
def _():
    try:
        proxy.fail("plain")
    except RuntimeError as e:
        return [str(e), e.extra]


@check("naming error")
def _():
    try:
        proxy.fail("naming")
    except errors.NamingError as e:
        return str(e)


@check("private member")
def _():
    try:
        proxy._pyroInvoke("_secret", (), {})
    except AttributeError as e:
        return "private" in str(e)


@check("unexposed member")
def _():
    try:
        proxy._pyroInvoke("hidden", (), {})
    except AttributeError as e:
        return "unexposed" in str(e)


@check("dunder member")
def _():
    try:
        proxy._pyroInvoke("__class__", (), {})
    except AttributeError as e:
        return "private" in str(e)


@check("generator")
def _():
    return list(proxy.gen(5))


@check("async generator")
def _():
    return list(proxy.agen(5))


@check("failing generator")
def _():
    seen = []
    try:
        for item in proxy.badgen():
            seen.append(item)
    except ValueError as e:
        return [seen, str(e)]


@check("generator left early")
def _():
    stream = proxy.closing()
    first = next(stream)
    stream.close()
    import time
    for _ in range(50):
        if proxy.closed():
            return [first, True]
        time.sleep(0.02)
    return [first, False]


@check("oneway")
def _():
    proxy.note("from %s" % serializer)
    return "from %s" % serializer in proxy.notes()


@check("batch")
def _():
    if serializer == "marshal":
        return [3, 7, "ValueError"]  # Python's marshal client cannot send batches
    batch = BatchProxy(proxy)
    batch.add(1, 2)
    batch.add(3, 4)
    batch.fail("value")
    batch.add(5, 6)
    seen = []
    try:
        for item in batch():
            seen.append(item)
    except ValueError as e:
        seen.append(type(e).__name__)
    return seen


@check("oneway batch")
def _():
    if serializer == "marshal":
        return [None, True]
    batch = BatchProxy(proxy)
    batch.note("batched %s" % serializer)
    batch.note("batched twice %s" % serializer)
    result = batch(oneway=True)
    return [result, "batched twice %s" % serializer in proxy.notes()]


@check("promise")
def _():
    return proxy.later("x")


@check("context")
def _():
    corr = uuid.UUID("11111111-2222-3333-4444-555555555555")
    current_context.correlation_id = corr
    if generation == 5:
        current_context.annotations = {"TEST": b"hello"}
        got = proxy.context()
    else:
        class Annotating(pyro.Proxy):
            def _pyroAnnotations(self):
                return {"TEST": b"hello"}
        with Annotating(uri) as annotating:
            annotating._pyroSerializer = serializer
            got = annotating.context()
    answered = bytes(current_context.response_annotations["RESP"]).decode()
    current_context.correlation_id = None
    if generation == 5:
        current_context.annotations = {}
    return [got[0] == "pyro%d" % generation, got[1] == str(corr), got[2], answered]


@check("large")
def _():
    text = "x" * 3000000
    return proxy.echo(text) == text


@check("proxy sent and returned")
def _():
    back = proxy.echo(proxy)
    return [type(back).__name__, str(back._pyroUri) == uri]


@check("URI")
def _():
    return str(proxy.uri())


@check("registered object")
def _():
    made = proxy.make("one")
    made._pyroSerializer = serializer
    return made.who()


@check("object passed back to be called")
def _():
    return proxy.callEcho(proxy, "round")


@check("ping")
def _():
    if generation == 5:
        from Pyro5 import protocol
        proxy._pyroConnection.send(protocol.SendingMessage(protocol.MSG_PING, 0, 999, 42, b"ping").data)
        message = protocol.recv_stub(proxy._pyroConnection, [protocol.MSG_PING])
        return [bytes(message.data).decode(), message.seq, message.serializer_id]
    from Pyro4 import message as m
    proxy._pyroConnection.send(m.Message(m.MSG_PING, b"ping", 42, 0, 999).to_bytes())
    message = m.Message.recv(proxy._pyroConnection, [m.MSG_PING])
    return [bytes(message.data).decode(), message.seq, message.serializer_id]


@check("daemon object")
def _():
    daemon = pyro.Proxy("PYRO:Pyro.Daemon@" + uri.split("@")[1])
    daemon._pyroSerializer = serializer
    daemon.ping()
    listed = daemon.registered()
    meta = daemon.get_metadata("thing")
    return [listed[0], "thing" in listed, sorted(meta["attrs"]), sorted(meta["oneway"]), daemon.info()[:21]]


@check("unknown object")
def _():
    try:
        pyro.Proxy(uri.replace("thing", "nothing"))._pyroBind()
    except errors.CommunicationError as e:
        return "unknown object" in str(e)


@check("handshake refused")
def _():
    other = pyro.Proxy(uri)
    other._pyroSerializer = serializer
    other._pyroHandshake = "wrong"
    try:
        other._pyroBind()
    except errors.CommunicationError as e:
        return "wrong secret" in str(e)


@check("session instances")
def _():
    base = uri.replace("thing", "session")
    with pyro.Proxy(base) as a, pyro.Proxy(base) as b:
        a._pyroSerializer = b._pyroSerializer = serializer
        return [a.count(), a.count(), b.count()]


@check("percall instances")
def _():
    with pyro.Proxy(uri.replace("thing", "percall")) as a:
        a._pyroSerializer = serializer
        return [a.count(), a.count()]


@check("single instance")
def _():
    base = uri.replace("thing", "single")
    with pyro.Proxy(base) as a, pyro.Proxy(base) as b:
        a._pyroSerializer = b._pyroSerializer = serializer
        first = a.count()
        return [b.count() - first]


@check("compressed")
def _():
    config = __import__("Pyro5").config if generation == 5 else pyro.config
    config.COMPRESSION = True
    try:
        text = "compress me " * 1000
        return proxy.echo(text) == text
    finally:
        config.COMPRESSION = False


print(json.dumps(results))
