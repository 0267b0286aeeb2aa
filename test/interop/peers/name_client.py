"""Calls every method of a name server: python name_client.py 5|4 SERIALIZER HOST PORT.

Prints one JSON line for each call: what it is, and its result or exception with every type. The same program run
against two name servers shows where they differ.
"""

import json
import sys

generation, serializer, host, port = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5.api import locate_ns
    pyro.config.SERIALIZER = serializer
else:
    import Pyro4 as pyro
    from Pyro4 import locateNS as locate_ns
    pyro.config.SERIALIZER = serializer
    pyro.config.SERIALIZERS_ACCEPTED.add(serializer)

ns = locate_ns(host, port)
own = "%s:%d" % (host, port)


def plain(value):
    """With types, sets in order, and without the name server's own entry, which differs."""
    if isinstance(value, dict):
        return {"dict": {k: plain(v) for k, v in value.items() if k != "Pyro.NameServer"}}
    if isinstance(value, (set, frozenset, list, tuple)):
        tags = all(isinstance(item, str) and ":" not in item for item in value)
        # Tags have no order, also where a serializer makes a list of their set.
        items = sorted(value) if tags else value
        return {type(value).__name__.replace("frozen", ""): [plain(item) for item in items]}
    if isinstance(value, pyro.URI):
        return {type(value).__module__ + "." + type(value).__name__: str(value).replace(own, "HERE")}
    if isinstance(value, str):
        return value.replace(own, "HERE")
    return value


def call(method, *args, **kwargs):
    line = {"call": "%s%s" % (method, json.dumps(plain([args, kwargs])))}
    try:
        line["result"] = plain(getattr(ns, method)(*args, **kwargs))
    except Exception as e:
        line["error"] = type(e).__module__ + "." + type(e).__name__
        line["text"] = str(e).replace(own, "HERE")
    print(json.dumps(line))


print(json.dumps({"call": "methods", "result": [sorted(group) for group in (ns._pyroMethods, ns._pyroAttrs, ns._pyroOneway)]}))
call("ping")
call("count")
call("lookup", "Pyro.NameServer")
call("register", "lab.laser", "PYRO:laser@192.0.2.1:4444", metadata=["light", "red"])
call("register", "lab.laser.2", "PYRO:laser2@192.0.2.1:4444", metadata=["light"])
call("register", "lab.oven", pyro.URI("PYRO:oven@[2001:db8::1]:5555"), metadata=["heat"])
call("register", "Lab.other", "PYRO:other@./u:/run/other.sock", metadata=["heat", "red"])
call("register", "größe 🔬", "PYRO:size@192.0.2.1:1", metadata=["rötlich"])
call("register", "elsewhere", "PYRONAME:elsewhere@192.0.2.9", metadata=["light"])
call("register", "tagged", "PYROMETA:one@192.0.2.9", metadata=["light"])
call("register", "to.go", "PYRO:go@192.0.2.1:4444", metadata=["gone"])
call("register", "to.go.too", "PYRO:go@192.0.2.1:4444", metadata=["gone"])
call("count")
for name in ("lab.laser", "lab.oven", "Lab.other", "größe 🔬", "elsewhere", "tagged"):
    call("lookup", name)
    call("lookup", name, return_metadata=True)
    call("lookup", name, True)
call("lookup", "nothing")
call("lookup", "nothing", True)
# safe, overwriting, wrong arguments
call("register", "lab.laser", "PYRO:other@192.0.2.1:1", safe=True)
call("register", "lab.laser", "PYRO:other@192.0.2.1:1", True, ["x"])
call("register", "lab.laser", "PYRO:laser@192.0.2.2:4444", False, ["light", "red"])
call("lookup", "lab.laser")
call("register", "bad", "no uri")
call("register", "bad", "PYRO:o@h")
call("register", "bad", 42)
call("register", 42, "PYRO:o@h:1")
call("register", "bad", "PYRO:o@h:1", metadata="text")
call("register", "bad", "PYRO:o@h:1", metadata=42)
call("lookup", "bad")
call("set_metadata", "nothing", ["x"])
call("set_metadata", "to.go", "text")
call("set_metadata", "to.go", 42)
call("set_metadata", "to.go", ["a", "b", "a"])
call("lookup", "to.go", return_metadata=True)
call("set_metadata", "to.go", [])
call("lookup", "to.go", return_metadata=True)
call("set_metadata", "to.go", ["gone"])
# lists
call("list")
call("list", return_metadata=True)
call("list", "lab.")
call("list", "lab.", return_metadata=True)
call("list", prefix="lab.")
call("list", prefix="lab.l")
call("list", prefix="größe")
call("list", prefix="nothing")
call("list", prefix="")
call("list", regex=r".*\.laser")
call("list", regex=r"lab\.laser$")
call("list", regex=r"[lL]ab\.", return_metadata=True)
call("list", regex="laser")
call("list", regex="")
call("list", regex="(")
call("list", regex="[a-")
call("list", "lab.", "lab.*")
call("list", prefix="lab.", regex="lab.*")
# tags
if generation == 5:
    call("yplookup", ["light"])
    call("yplookup", meta_all=["light"])
    call("yplookup", meta_all=["light", "red"])
    call("yplookup", meta_all={"light", "red"}, return_metadata=False)
    call("yplookup", meta_any=["red", "heat"])
    call("yplookup", meta_any=["red", "heat"], return_metadata=False)
    call("yplookup", meta_all=["nothing"])
    call("yplookup", meta_any=["nothing"])
    call("yplookup", meta_all=["rötlich"])
    call("yplookup")
    call("yplookup", ["a"], ["b"])
    call("yplookup", meta_all="light")
    call("yplookup", meta_any="light")
    call("list", None, None, True)
    call("list", "lab.", None, True)
else:
    call("list", metadata_all=["light"])
    call("list", metadata_all=["light", "red"], return_metadata=True)
    call("list", metadata_any=["red", "heat"])
    call("list", metadata_any=["red", "heat"], return_metadata=True)
    call("list", metadata_all=["nothing"])
    call("list", metadata_any=["nothing"])
    call("list", metadata_all="light")
    call("list", metadata_any="light")
    call("list", metadata_all=["light"], metadata_any=["red"])
    call("list", prefix="lab.", metadata_all=["light"])
    call("list", "lab.", None, None, None, True)
    call("list", None, None, ["light"], None, True)
# removal
call("remove", "nothing")
call("remove", "Pyro.NameServer")
call("remove", name="to.go")
call("remove", prefix="to.")
call("remove", regex=r"lab\.laser\.\d")
call("remove", prefix="nothing")
call("remove", regex="(")
call("remove", regex="Pyro")
call("remove", prefix="Pyro")
call("remove")
call("list")
call("count")
call("no_such_method")
call("_private")
call("remove", regex=".*")
call("count")
call("register", "untagged", "PYRO:o@h:1")
call("lookup", "untagged", return_metadata=True)
call("list", prefix="untagged", return_metadata=True)
# wrong numbers of arguments
call("lookup")
call("count", 1)
