# A stock manager: its keyword arguments as JSON.
import json
import sys

from msl.network import manager

manager.run_forever(**json.loads(sys.argv[1]))
