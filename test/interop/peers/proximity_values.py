"""Values as PyProximity's generation 2 has them in MessagePack: dates and durations are maps with a marker."""

import datetime
import json

import msgpack


def mark(value):
    if isinstance(value, datetime.datetime):
        return {"as_str": value.strftime("%Y%m%dT%H:%M:%S.%f"), "__datetime__": True}
    if isinstance(value, datetime.timedelta):
        return {"total_seconds": value.total_seconds(), "__timedelta__": True}
    raise TypeError("no encoding for %r" % (value,))


def unmark(found):
    if "__datetime__" in found:
        return datetime.datetime.strptime(found["as_str"], "%Y%m%dT%H:%M:%S.%f")
    if "__timedelta__" in found:
        return datetime.timedelta(seconds=found["total_seconds"])
    return found


def unpack(data, encoding):
    if encoding == "json":
        return json.loads(data)
    return msgpack.unpackb(data, object_hook=unmark, strict_map_key=False)
