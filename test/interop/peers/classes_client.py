"""A real client for the tests of custom classes: python classes_client.py 5|4 SERIALIZER URI. Prints one JSON object."""

import json
import sys

import lab

pyro = lab.peer(int(sys.argv[1]))
serializer, uri = sys.argv[2:4]
results = {}

proxy = pyro.Proxy(uri)
proxy._pyroSerializer = serializer


def check(name, call):
    try:
        results[name] = lab.show(call())
    except Exception as e:
        attributes = {k: v for k, v in vars(e).items() if not k.startswith("_pyro")}
        results[name] = [lab.show(e), lab.show(attributes)]
        results[name + ", traceback"] = "".join(getattr(e, "_pyroTraceback", None) or [])


point = lab.Point(1, 2)
check("instance, seen", lambda: proxy.seen(point))
check("instance, echoed", lambda: proxy.echo(point))
check("in a list, echoed", lambda: proxy.echo([point, lab.Point(3, 4)]))
check("in a dict, echoed", lambda: proxy.echo({"at": point}))
check("in an instance, echoed", lambda: proxy.echo(lab.Box([point])))
check("instance of a subclass, seen", lambda: proxy.seen(lab.LabeledPoint(1, 2, "a")))
check("unknown class, seen", lambda: proxy.seen(lab.Slotted(1)))
check("keyword argument, echoed", lambda: proxy.echo(value=point))
check("made in TypeScript", lambda: proxy.make("new Point(1, 2)"))
check("made in a list", lambda: proxy.make("[new Point(1, 2)]"))
check("made in a Map", lambda: proxy.make('new Map([["at", new Point(1, 2)]])'))
check("made in an instance", lambda: proxy.make("new Box([new Point(1, 2)])"))
check("made of a subclass", lambda: proxy.make('new LabeledPoint(1, 2, "a")'))
check("unknown class, made", lambda: proxy.make("new Lamp()"))
check("RemoteError", lambda: proxy.fail('new RemoteError("builtins.KeyError", ["no such channel", 3])'))
check("RemoteError of a class of Pyro", lambda: proxy.fail('new NamingError("ERR_NAME_UNKNOWN", "no such name")'))
check("RemoteError with an instance", lambda: proxy.fail('new RemoteError("builtins.ValueError", ["off", new Point(1, 2)])'))
check("own error class", lambda: proxy.fail('new OverTemperature("too hot", 99)'))
check("registered error class", lambda: proxy.fail('new Interlock("front")'))
check("error class that Python lacks", lambda: proxy.fail('new RemoteError("lab.Unheard", ["?"])'))
check("unsendable result", lambda: proxy.make("{ samples: [1, 2, 3, () => 4] }"))
check("afterwards", lambda: proxy.echo(1))

print(json.dumps(results))
