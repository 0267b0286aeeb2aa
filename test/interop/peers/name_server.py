"""The name server of Pyro: python name_server.py 5|4 [options]."""

import runpy
import sys

generation = sys.argv.pop(1)
sys.argv[0] = "pyro%s-ns" % generation
runpy.run_module({"5": "Pyro5.nameserver", "4": "Pyro4.naming"}[generation], run_name="__main__")
