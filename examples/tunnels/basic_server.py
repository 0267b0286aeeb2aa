# The same server for Pyro4, as it runs at the far end for years.
import sys

import Pyro4


@Pyro4.expose
class BasicServer(object):
    def square(self, x):
        return x ** 2


if __name__ == "__main__":
    daemon = Pyro4.Daemon()
    uri = daemon.register(BasicServer())
    Pyro4.locateNS("localhost", int(sys.argv[1])).register("BasicServer", uri)
    print("ready", uri)
    daemon.requestLoop()
