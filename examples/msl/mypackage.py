# The same package for the Python library msl-network, so that either half may be of either language.
import json
import sys

from msl.network import LinkedClient, Service, run_services, ssh


class RPiService(Service):
    def shutdown_service(self, *args, **kwargs):
        pass

    def add_numbers(self, a, b, c, d):
        return a + b + c + d

    def power(self, a, n=2):
        return a ** n


class MyClient(LinkedClient):
    def disconnect(self):
        self.shutdown_service()
        super().disconnect()


def start_service_on_rpi():
    run_services(RPiService(), **ssh.parse_console_script_kwargs())


def connect(host, script, ssh_options, **kwargs):
    ssh.start_manager(host, script, **ssh_options, **kwargs)
    return MyClient("RPiService", host=host, **kwargs)


if __name__ == "__main__":
    if "--kwargs" in sys.argv:
        start_service_on_rpi()
    else:
        # HOST SCRIPT SSH_OPTIONS KWARGS
        host, script, ssh_options, kwargs = sys.argv[1:]
        rpi = connect(host, script, json.loads(ssh_options), **json.loads(kwargs))
        print(rpi.add_numbers(1, 2, 3, 4))
        print(rpi.power(4))
        print(rpi.power(5, n=3))
        rpi.disconnect()
