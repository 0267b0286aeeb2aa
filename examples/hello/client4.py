import Pyro4

with Pyro4.Proxy("PYRO:greeter@localhost:9999") as greeter:
    print(greeter.hello("Pyro4"))
    greeter.favourite = "Grace"
    print(greeter.favourite)
    for n in greeter.countdown(3):
        print(n)
