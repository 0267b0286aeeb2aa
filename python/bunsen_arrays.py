"""numpy arrays over Pyro5 and Pyro4, to and from each other and Bunsen: ``import bunsen_arrays``, that is all.

Importing it registers converters with whichever of Pyro5 and Pyro4 is installed, for all of their serializers (serpent,
json, marshal, msgpack). From then on a numpy array can be an argument, a result, an item of a stream, or stand inside a
list or dict (but not with marshal, where Python converts only what stands alone). No pickle: an array travels as its
dtype, shape, order and bytes, and nothing that arrives is executed.

An array with a unit (``with_unit(array, "V")``) keeps it on the way; so does any ndarray subclass that has a ``unit``,
such as a Quantity of astropy, which arrives as a UnitArray.

numpy's scalars, such as ``array.mean()``, travel as the numbers they are: Pyro alone refuses most of them, or writes what
cannot be read. (A float64 in marshal is beyond reach: Python writes its bare bytes. Send ``float(...)`` of it there.)

Needs numpy 1.20 or later. One file, to be copied next to your own or put on the PYTHONPATH.
"""

import base64
import importlib

import numpy

__all__ = ["UnitArray", "with_unit"]

#: The class name on the wire.
CLASS_NAME = "bunsen.NdArray"


class UnitArray(numpy.ndarray):
    """An array with a unit: any text, or None. Views and copies keep it; arithmetic gives ordinary arrays, since their
    unit would have to be worked out: say it anew, ``with_unit(volts * amperes, "W")``."""

    unit = None

    def __array_finalize__(self, template):
        self.unit = getattr(template, "unit", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if out is not None:
            options["out"] = tuple(_plain(array) for array in out)
        return getattr(ufunc, method)(*map(_plain, inputs), **options)


def with_unit(array, unit):
    """The same elements with a unit; None takes it away."""
    result = numpy.asarray(array).view(UnitArray)
    result.unit = unit
    return result


def _plain(value):
    return value.view(numpy.ndarray) if isinstance(value, UnitArray) else value


class _Data(bytes):
    """Bytes that json can carry too: the serializers that have bytes take them as such."""

    @staticmethod
    def to_dict(data):
        return {"data": base64.b64encode(data).decode("ascii"), "encoding": "base64"}


def _to_dict(array):
    if isinstance(array, numpy.ma.MaskedArray):
        raise TypeError("a masked array cannot be sent, for its mask would be lost: send filled() of it")
    dtype = array.dtype
    if dtype.hasobject or dtype.kind not in "biufcmMSU" or dtype.itemsize == 0 or dtype.char in "gG":
        raise TypeError(
            "an array of dtype %s cannot be sent: only numbers, times, bytes and text of fixed size; convert it with astype()" % dtype
        )
    unit = getattr(array, "unit", None)
    # What lies in memory as Fortran has it goes as it is; any other view is brought in C order.
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    return {
        "__class__": CLASS_NAME,
        "dtype": dtype.str,
        "shape": list(array.shape),
        "order": order,
        "unit": None if unit is None else str(unit),
        "data": _Data(array.tobytes(order)),
    }


def _from_dict(_name, record):
    data = record["data"]
    if isinstance(data, dict):
        data = base64.b64decode(data["data"])
    dtype = numpy.dtype(record["dtype"])
    if dtype.hasobject:
        raise TypeError("an array of dtype %s is refused" % dtype)
    # A bytearray, so that the array can be written to.
    array = numpy.frombuffer(bytearray(data), dtype) if len(data) > 0 else numpy.empty(0, dtype)
    array = array.reshape(tuple(record["shape"]), order=record.get("order") or "C")
    unit = record.get("unit")
    return array if unit is None else with_unit(array, unit)


def _item(scalar):
    return scalar.item()


class _Scalar:
    """What replaces a scalar in msgpack: of any number that it does not know itself, Pyro makes an integer's digits."""

    def __init__(self, scalar):
        self.scalar = scalar

    def item(self):
        return self.scalar.item()


def _register(name):
    try:
        module = importlib.import_module(name)
    except ImportError:
        return
    base = module.SerializerBase
    base.register_class_to_dict(numpy.ndarray, _to_dict)
    base.register_class_to_dict(_Data, _Data.to_dict)
    base.register_dict_to_class(CLASS_NAME, _from_dict)
    base.register_class_to_dict(_Scalar, _item, serpent_too=False)
    for scalar in {numpy.dtype(code).type for code in "?bBhHiIlLqQefdFD"}:
        base.register_class_to_dict(scalar, _item, serpent_too=False)
        module.SerpentSerializer.register_type_replacement(scalar, _item)
        is_complex = issubclass(scalar, numpy.complexfloating)  # which Pyro does know
        module.MsgpackSerializer.register_type_replacement(scalar, _item if is_complex else _Scalar)


_register("Pyro5.serializers")
_register("Pyro4.util")
