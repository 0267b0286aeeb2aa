"""The name server control tool of Pyro: python nsc.py 5|4 [options] command."""

import runpy
import sys

generation = sys.argv.pop(1)
sys.argv[0] = "pyro%s-nsc" % generation
runpy.run_module("Pyro%s.nsc" % generation, run_name="__main__")
