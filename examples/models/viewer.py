"""A viewer with nothing but Pyro: it is called after each change, and asks for the state."""

import Pyro4


class Viewer:
    def __init__(self, name):
        self.model = Pyro4.Proxy("PYRONAME:" + name)

    @Pyro4.expose
    def refresh(self):
        print("Received a refresh notification from the server")
        print("Model values now:", self.model.query(), flush=True)


viewer = Viewer("remoteServer")
with Pyro4.Daemon() as daemon:
    daemon.register(viewer)
    viewer.model.addViewer(viewer)
    print("viewing", flush=True)
    try:
        daemon.requestLoop()
    finally:
        viewer.model.removeViewer(viewer)
