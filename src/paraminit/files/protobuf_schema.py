"""The schema of MindSpore's ``.ckpt`` files. They are protobuf messages, not pickles.

A file is one message that repeats field 1, an entry::

    entry  { 1: name (string)  2: tensor  100: tied (string)  101: part (string) }
    tensor { 1: dimension (repeated int64)  2: dtype, such as "Float32" (string)  3: values, little-endian }

A scalar has no dimensions in some files and a 0 in others. The dtype ``str`` marks a string in UTF-32. A
large tensor is cut into several entries of one name, each with the whole shape. A checksum may follow the
message: the text ``crc_num`` and ten bytes, big-endian, of the CRC-32 of all that precedes.

Fields 100 and 101 are ours, and MindSpore passes over them: the name of an earlier entry that is the same
parameter; and as JSON which part of a parameter this is, where it is not all.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["ENTRY", "STRING", "entry_class"]

ENTRY = b"\x0a"  # field 1, length-delimited
STRING = "str"


@cache
def entry_class() -> Any:
    """The message class of an entry."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="paraminit/mindspore_ckpt.proto", package="paraminit.mindspore_ckpt", syntax="proto2"
    )
    fields = {
        "Tensor": [
            ("dimensions", 1, kind.TYPE_INT64, kind.LABEL_REPEATED),
            ("dtype", 2, kind.TYPE_STRING, kind.LABEL_OPTIONAL),
            ("values", 3, kind.TYPE_BYTES, kind.LABEL_OPTIONAL),
        ],
        "Entry": [
            ("name", 1, kind.TYPE_STRING, kind.LABEL_OPTIONAL),
            ("tensor", 2, kind.TYPE_MESSAGE, kind.LABEL_OPTIONAL),
            ("tied", 100, kind.TYPE_STRING, kind.LABEL_OPTIONAL),
            ("part", 101, kind.TYPE_STRING, kind.LABEL_OPTIONAL),
        ],
    }
    for message_name, rows in fields.items():
        message = file.message_type.add(name=message_name)
        for name, number, wire_type, label in rows:
            row = message.field.add(name=name, number=number, type=wire_type, label=label)
            if wire_type == kind.TYPE_MESSAGE:
                row.type_name = ".paraminit.mindspore_ckpt.Tensor"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("paraminit.mindspore_ckpt.Entry"))
