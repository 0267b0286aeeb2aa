"""A controller with nothing but Pyro: it registers, changes the model, and shows who changed what."""

import Pyro4

with Pyro4.Proxy("PYRONAME:remoteServer") as model:
    try:
        model.modify(value=1)
    except Pyro4.errors.SecurityError as error:
        print(error)
    me = model.addController("python")
    model.modify(me, name="newname", value=99)
    print(model.query())
    for change in model.history():
        print(change["at"], change["who"]["identity"], change["event"], change["args"])
