# The same client for Pyro4, at the far end.
import sys

import Pyro4

with Pyro4.Proxy("PYRONAME:BasicServer@localhost:" + sys.argv[1]) as server:
    print(server.square(2))
