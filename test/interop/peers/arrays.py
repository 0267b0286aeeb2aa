"""Arrays over Pyro, with python/bunsen_arrays.py.

python arrays.py 5|4 serve: prints the URI of an object that makes, describes and echoes arrays.
python arrays.py 5|4 call URI SERIALIZER: has each of the arrays echoed by a Bunsen daemon; prints what came back, as JSON.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../python"))

import numpy as np

generation = int(sys.argv[1])
if generation == 5:
    import Pyro5.api as pyro
    from Pyro5 import config
else:
    import Pyro4 as pyro
    config = pyro.config
    config.SERIALIZERS_ACCEPTED = {"serpent", "json", "marshal", "msgpack"}

import bunsen_arrays
from bunsen_arrays import UnitArray, with_unit

DTYPES = (
    "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 M8[ns] M8[D] m8[us] M8 S1 S5 U1 U3"
    " >i2 >i4 >i8 >u2 >u4 >u8 >f2 >f4 >f8 >c8 >c16 >M8[ms] >m8[10s] >U3"
).split()


def sample(dtype, shape=(2, 3)):
    """Different elements in every place, extremes among them."""
    count = int(np.prod(shape))
    dtype = np.dtype(dtype)
    if dtype.kind in "SU":
        texts = ["", "a", "zz", "\u00e9\U0001f600" if dtype.kind == "U" else "\\x", "mid", "end"]
        values = [texts[i % 6][: dtype.itemsize // (4 if dtype.kind == "U" else 1)] for i in range(count)]
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = [(info.min, info.max, 0, 1, info.max - 1, 42)[i % 6] for i in range(count)]
    elif dtype.kind in "mM":
        values = np.array([(0, 1, -1, np.iinfo("i8").max, np.iinfo("i8").min, 1700000000)[i % 6] for i in range(count)], "i8")
        return values.astype(dtype.str[0] + "i8").view(dtype).reshape(shape)
    elif dtype.kind == "f":
        info = np.finfo(dtype)
        values = [(0.5, -0.0, np.inf, np.nan, info.max, info.tiny)[i % 6] for i in range(count)]
    elif dtype.kind == "c":
        values = [complex(i, (-i, np.inf, np.nan)[i % 3]) for i in range(count)]
    else:
        values = [i % 3 == 0 for i in range(count)]
    return np.array(values, dtype).reshape(shape)


def cases():
    made = {dtype: sample(dtype) for dtype in DTYPES}
    made["Fortran order"] = np.asfortranarray(np.arange(24, dtype="i4").reshape(2, 3, 4))
    made["Fortran order, big-endian"] = np.asfortranarray(np.arange(6, dtype=">f8").reshape(2, 3))
    made["a view with steps"] = np.arange(100, dtype="f8").reshape(10, 10)[1::3, ::-2]
    made["a transposed view"] = np.arange(24, dtype="i2").reshape(2, 3, 4).transpose(1, 2, 0)
    made["a broadcast view"] = np.broadcast_to(np.arange(3, dtype="i4"), (2, 3))
    made["not writeable"] = np.frombuffer(b"abcdefgh", "u2")
    made["zero-size"] = np.empty((0,), "f8")
    made["zero-size with axes"] = np.empty((3, 0, 2), "c8")
    made["zero-dimensional"] = np.array(1.5)
    made["zero-dimensional, big-endian"] = np.array(7, ">i8")
    made["zero-dimensional text"] = np.array("\u00e9")
    made["with a unit"] = with_unit(np.array([[1.5, 2.5]]), "mV/\u221aHz")
    made["zero-dimensional with a unit"] = with_unit(np.array(3, "i4"), "K")
    made["large"] = np.arange(300000, dtype="f8").reshape(3, 100000)
    return made


CASES = cases()


def same(a, b):
    """Why b is not the same array as a; "" if it is."""
    if not isinstance(b, np.ndarray):
        return "a %s came: %r" % (type(b).__name__, b)
    if a.dtype.str != b.dtype.str:
        return "dtype %s became %s" % (a.dtype.str, b.dtype.str)
    if a.shape != b.shape:
        return "shape %s became %s" % (a.shape, b.shape)
    if a.tobytes("C") != b.tobytes("C"):
        return "%r became %r" % (a, b)
    fortran = [x.flags.f_contiguous and not x.flags.c_contiguous for x in (a, b)]
    if fortran[0] != fortran[1]:
        return "Fortran order: %s became %s" % tuple(fortran)
    if getattr(a, "unit", None) != getattr(b, "unit", None):
        return "unit %r became %r" % (getattr(a, "unit", None), getattr(b, "unit", None))
    if not b.flags.writeable:
        return "it cannot be written to"
    return ""


@pyro.expose
class Arrays(object):
    def names(self):
        return list(CASES)

    def make(self, name):
        return CASES[name]

    def check(self, name, array):
        """Is this the array of that name?"""
        return same(CASES[name], array)

    def tolist(self, array):
        return [array.dtype.name, list(array.shape), array.tolist(), getattr(array, "unit", None)]

    def mean(self, array):
        return float(np.mean(array))

    def nested(self):
        return {"arrays": [np.arange(3), np.arange(2.0)], "n": 2}

    def depth(self, record):
        return [type(array).__name__ for array in record["arrays"]]

    def stream(self):
        for i in range(3):
            yield np.full((2,), i, "i2")

    def scalar(self, dtype):
        return np.dtype(dtype).type(1)

    def scalars(self):
        return {"mean": np.arange(4).mean(), "max": [np.arange(4, dtype="f4").max()], "any": np.any([True])}

    def bad(self, what):
        return {"masked": np.ma.array([1, 2], mask=[False, True]), "objects": np.array([None]), "longdouble": np.zeros(1, "g"), "structure": np.zeros(1, "i4,f8")}[what]


if sys.argv[2] == "serve":
    daemon = pyro.Daemon(host="localhost")
    print(daemon.register(Arrays(), "arrays"))
    print("READY")
    daemon.requestLoop()
else:
    uri, config.SERIALIZER = sys.argv[3:5]
    problems = {}
    with pyro.Proxy(uri) as proxy:
        for name, array in CASES.items():
            try:
                problem = same(array, proxy.echo(array))
            except Exception as error:
                problem = "%s: %s" % (type(error).__name__, error)
            if problem:
                problems[name] = problem
        result = {"problems": problems, "count": len(CASES), "facts": proxy.facts(sample("i4"))}
        power = with_unit([1.0, 2.0], "V") * with_unit([3.0, 4.0], "A")
        result["arithmetic"] = [type(power).__name__, power.tolist()]
        result["slice"] = getattr(with_unit([1.0, 2.0], "V")[1:], "unit", None)
        print(json.dumps(result))
