"""The remote model of a Pyro4 shop, as it has run for years: nothing in it knows of Bunsen, nor of @expose.

remote_model.py serve NAME            the model, registered with the name server
remote_model.py ticker NAME           a ticker as the model
remote_model.py view NAME             a viewer: prints what it is told
remote_model.py hang NAME             a viewer that never comes back from refresh
remote_model.py fail NAME             a viewer whose refresh raises
"""

import sys
import threading
import time

import Pyro4


class RemoteModelServer:
    def __init__(self):
        self.viewers = []
        self.model = self.setModel()

    def addViewer(self, viewer):
        self.viewers.append(viewer)
        print("viewer added", flush=True)

    def updateViewers(self):
        for viewer in self.viewers:
            viewer.refresh()


class RemoteModelViewer:
    def __init__(self, name):
        self.remoteServer = Pyro4.Proxy("PYRONAME:" + name)
        daemon = Pyro4.Daemon()
        daemon.register(self)
        self.remoteServer.addViewer(self)
        print("viewing", daemon.uriFor(self), flush=True)
        daemon.requestLoop()


class ExampleRemoteModel:
    def __init__(self):
        self.value = 0
        self.name = "xxx"


class ExampleRemoteModelServer(RemoteModelServer):
    def setModel(self):
        return ExampleRemoteModel()

    def doModify(self, values):
        for key in values:
            setattr(self.model, key, values[key])
        self.updateViewers()

    def query(self):
        return {"name": self.model.name, "value": self.model.value}


class ExampleRemoteModelViewer(RemoteModelViewer):
    def refresh(self):
        print("Received a refresh notification from the server", flush=True)
        print("Model values now:", self.remoteServer.query(), flush=True)


class HangingViewer(RemoteModelViewer):
    def refresh(self):
        print("hanging", flush=True)
        time.sleep(1000)


class FailingViewer(RemoteModelViewer):
    def refresh(self):
        raise ValueError("no paper in the plotter")


class Ticker:
    def __init__(self, told):
        self.tickNo, self.playing, self.period, self.value, self.told = 0, False, 1, 0, told

    def tick(self):
        self.tickNo += 1
        self.value += 1
        self.told()
        if self.playing:
            timer = threading.Timer(self.period, self.tick)
            timer.daemon = True
            timer.start()


class SimpleRemoteTickerServer(RemoteModelServer):
    def setModel(self):
        return Ticker(self.updateViewers)

    def play(self):
        if not self.model.playing:
            self.model.playing = True
            self.model.tick()

    def pause(self):
        self.model.playing = False

    def query(self):
        ticker = self.model
        state = {"period": ticker.period, "playing?": ticker.playing, "tickNo": ticker.tickNo}
        return (state, "Value:", ticker.value)


def serve(server, name):
    daemon = Pyro4.Daemon()
    uri = daemon.register(server)
    Pyro4.locateNS().register(name, uri)
    print("serving", uri, flush=True)
    daemon.requestLoop()


role, name = sys.argv[1:3]
if role == "serve":
    serve(ExampleRemoteModelServer(), name)
elif role == "ticker":
    serve(SimpleRemoteTickerServer(), name)
else:
    {"view": ExampleRemoteModelViewer, "hang": HangingViewer, "fail": FailingViewer}[role](name)
