"""What the value tests have on the Python side: custom classes, names for expressions, and how a value is shown."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import uuid

class Point(object):
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return "%s(%r, %r)" % (type(self).__name__, self.x, self.y)


class LabeledPoint(Point):
    def __init__(self, x, y, label):
        super().__init__(x, y)
        self.label = label


class Box(object):
    """Holds other instances."""

    def __init__(self, contents):
        self.contents = contents

    def __repr__(self):
        return "Box(%s)" % show(self.contents)


class Slotted(object):
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


@dataclasses.dataclass
class Sample:
    channel: int
    celsius: float


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


Reading = collections.namedtuple("Reading", "channel celsius")


class InstrumentError(Exception):
    def __init__(self, message, channel=None):
        super().__init__(message, channel)
        self.channel = channel


class InterlockError(Exception):
    """Registered as a class of its own, not sent as an exception."""

    def __init__(self, door):
        super().__init__("the %s door is open" % door)
        self.door = door


class Text(str):
    pass


class Whole(int):
    pass


def peer(generation):
    """The Pyro of a generation, with every safe serializer accepted, and with classes that it knows."""
    if generation == 5:
        import Pyro5.api as pyro
        import Pyro5.serializers
        registry = Pyro5.serializers.SerializerBase
    else:
        import Pyro4 as pyro
        import Pyro4.util
        pyro.config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}
        registry = Pyro4.util.SerializerBase
    register(registry)
    return pyro


def register(registry):
    def converted(value):
        # Except in msgpack, what a class dict holds is left to its converter.
        is_class = isinstance(value, dict) and "__class__" in value
        return registry.dict_to_class(value) if is_class else value

    for known, to_dict, from_dict in [
        (Point, lambda p: dict(x=p.x, y=p.y), lambda d: Point(d["x"], d["y"])),
        (Box, lambda b: dict(contents=b.contents), lambda d: Box([converted(v) for v in d["contents"]])),
        (InterlockError, lambda e: dict(door=e.door), lambda d: InterlockError(d["door"])),
    ]:
        name = "lab.%s" % known.__name__
        registry.register_class_to_dict(known, lambda o, n=name, f=to_dict: dict(f(o), __class__=n))
        registry.register_dict_to_class(name, lambda n, d, f=from_dict: f(d))


def names(pyro):
    """What expressions of the table may name."""
    known = dict(
        array=array.array,
        date=datetime.date,
        datetime=datetime.datetime,
        time=datetime.time,
        timedelta=datetime.timedelta,
        timezone=datetime.timezone,
        Decimal=decimal.Decimal,
        Fraction=fractions.Fraction,
        UUID=uuid.UUID,
        Counter=collections.Counter,
        OrderedDict=collections.OrderedDict,
        defaultdict=collections.defaultdict,
        deque=collections.deque,
        URI=pyro.URI,
        Proxy=pyro.Proxy,
        inf=float("inf"),
        nan=float("nan"),
    )
    for name in (
        "Box Color InstrumentError InterlockError LabeledPoint Level Point Reading Sample Slotted Text Whole"
    ).split():
        known[name] = globals()[name]
    return known


def show(value):
    """A value as its repr, with sets in order and Pyro's objects without their addresses in memory."""
    kind = type(value)
    if kind.__name__ in ("URI", "Proxy"):
        uri = value if kind.__name__ == "URI" else value._pyroUri
        return "%s(%r)" % (kind.__name__, str(uri))
    if kind is list:
        return "[%s]" % ", ".join(map(show, value))
    if kind is tuple:
        return "(%s%s)" % (", ".join(map(show, value)), "," if len(value) == 1 else "")
    if kind in (set, frozenset) and value:
        members = "{%s}" % ", ".join(sorted(map(show, value)))
        return members if kind is set else "frozenset(%s)" % members
    if kind is dict:
        return "{%s}" % ", ".join("%s: %s" % (show(k), show(v)) for k, v in value.items())
    if kind is int and abs(value) > 10 ** 4000:
        return "int of %d bits" % value.bit_length()  # Python turns no more than 4300 digits into text
    if "Stream" in kind.__name__:
        return "iterator of %s" % show(list(value))
    if isinstance(value, BaseException):
        return "%s(%s)" % (kind.__name__, ", ".join(map(show, value.args)))
    return repr(value)


def failure(error):
    return "✗ %s: %s" % (type(error).__name__, error)
