"""Stands for tkinter where there is no display: windows that nobody sees.

What would be written on them is printed, and a line of standard input presses the button that has this text.
"""

import heapq
import itertools
import queue
import sys
import threading
import time
import traceback

LEFT = RIGHT = BOTTOM = X = BOTH = CENTER = NW = END = DISABLED = None
NORMAL = "normal"

_numbers = itertools.count(1)
_events = queue.Queue()
_buttons = {}


class Widget(object):
    def __init__(self, *args, **kwargs):
        self.items = []

    def after(self, ms, callback, *args):
        _events.put((time.time() + ms / 1000.0, next(_numbers), callback, args))

    def insert(self, index, item):
        self.items.append(item)

    def size(self):
        return len(self.items)

    def create_text(self, x, y, text, **kwargs):
        print("[display] " + text, flush=True)
        return next(_numbers)

    def create_rectangle(self, *args, **kwargs):
        return next(_numbers)

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


class Button(Widget):
    def __init__(self, parent, text, command):
        Widget.__init__(self)
        self.text = text
        _buttons[text] = command

    def config(self, state):
        if state == NORMAL:
            print("[display] can be pressed: " + self.text, flush=True)


class Tk(Widget):
    def mainloop(self):
        threading.Thread(target=_press, daemon=True).start()
        later = []
        while True:
            while not _events.empty():
                heapq.heappush(later, _events.get())
            while later and later[0][0] <= time.time():
                _, _, callback, args = heapq.heappop(later)
                try:
                    callback(*args)
                except Exception:
                    traceback.print_exc()  # and goes on, as tkinter does
            time.sleep(0.01)


def _press():
    for line in sys.stdin:
        _events.put((0, next(_numbers), _buttons[line.strip()], ()))


Canvas = Frame = Label = Listbox = Widget
