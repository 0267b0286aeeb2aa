import Pyro5.api

with Pyro5.api.Proxy("PYRO:greeter@localhost:9999") as greeter:
    print(greeter.hello("Pyro5"))
    greeter.favourite = "Grace"
    print(greeter.favourite)
    for n in greeter.countdown(3):
        print(n)
