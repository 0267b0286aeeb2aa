"""Runs a program of Pyro's own examples, as it is, from its own folder.

It waits a moment before it asks, as who types would: some programs start a thread for what they then send, and count on it.
Its clock runs faster by the factor HURRY of the environment: `time.sleep` and `time.time`. Standard input belongs to the program, so this watches by
its parent's process id whether the test that started it is still there.
"""

import builtins
import os
import runpy
import sys
import threading
import time

parent = os.getppid()
sleep, clock = time.sleep, time.time
began = clock()
hurry = float(os.environ.get("HURRY", "1"))


def end_with_parent():
    while os.getppid() == parent:
        sleep(1)
    os._exit(1)


def ask(prompt=""):
    sleep(0.3)
    return read_line(prompt)


read_line, builtins.input = builtins.input, ask
threading.Thread(target=end_with_parent, daemon=True).start()
time.sleep = lambda seconds: sleep(seconds / hurry)
time.time = lambda: began + (clock() - began) * hurry
del sys.argv[0]
sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
if os.path.exists(os.path.join(sys.path[0], "__init__.py")):
    # One of a package's programs: python -m package.program.
    package = os.path.basename(sys.path[0])
    sys.path[0] = os.path.dirname(sys.path[0])
    runpy.run_module(package + "." + os.path.basename(sys.argv[0])[:-3], run_name="__main__", alter_sys=True)
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
