"""A lab of Python: a name server, or an object that is registered in one. Arguments: ns | daemon, port of the name server, name."""
import importlib
import sys

pyro, what, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
Pyro = importlib.import_module(pyro)
if pyro == "Pyro5":
    import Pyro5.nameserver as nameserver
    from Pyro5.api import Daemon, expose, locate_ns
else:
    import Pyro4.naming as nameserver
    from Pyro4 import Daemon, expose
    from Pyro4 import locateNS as locate_ns
    Pyro.config.SERIALIZER = "serpent"

if what == "ns":
    start = nameserver.start_ns if pyro == "Pyro5" else nameserver.startNS
    uri, daemon, _ = start(host="127.0.0.1", port=port, enableBroadcast=False)
    print("ready", daemon.locationStr.rpartition(":")[2])
    daemon.requestLoop()
else:
    @expose
    class Laser(object):
        """A laser."""
        power = 5

        def on(self):
            """Turns it on."""
            return True

    daemon = Daemon(host="127.0.0.1", port=0)
    with locate_ns("127.0.0.1", port) as names:
        for name in sys.argv[4:]:
            names.register(name, daemon.register(Laser()), metadata={"laser"})
        names.register("lab.ghost", "PYRO:nobody@" + daemon.locationStr)
    print("ready", daemon.locationStr)
    daemon.requestLoop()
