"""Runs a program at a terminal of its own, and types there.

python terminal.py PROGRAM ARGUMENT...

Each line of file descriptor 3 is JSON, [KEYS, PATTERN]: the keys are typed, and what is shown then is printed as a line of
JSON as soon as it matches. At the end of the program, that comes, and its exit code is this one's.
"""

import json
import os
import pty
import re
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[1], sys.argv[1:])


def read():
    try:
        return os.read(terminal, 65536)
    except OSError:  # the program is gone, and its end of the terminal with it
        return b""


def plain(data):
    """Less the words that move the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode(errors="ignore"))


for line in open(3):
    keys, pattern = json.loads(line)
    os.write(terminal, keys.encode())
    shown = b""
    while not re.search(pattern, plain(shown), re.DOTALL):
        more = read()
        if not more:
            break
        shown += more
    print(json.dumps(plain(shown)), flush=True)
while read():
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
