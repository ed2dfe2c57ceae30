"""Decodes the golden frames with the PyPI package `sbe`, which has never seen our codec, and compares every field.

Left out, because that package does not read them: all but the first byte of a `uint8` array (signature) and the
content of variable data (of `text` it reads the length).
"""

import pathlib
import sys

import sbe

wire = pathlib.Path(__file__).parent.parent
with open(wire / "schema" / "tallystick.xml") as file:
    schema = sbe.Schema.parse(file)

FRAME = ("frameLength", "encodingType", "blockLength", "templateId", "schemaId", "version")


def shown(value):
    if value is None or value == "":
        return "null"
    if isinstance(value, list):
        return "{" + ",".join(value) + "}"
    return str(value)


def check(path):
    rows = [line.rstrip("\n").split(None, 2) for line in open(path)]
    frame = bytes.fromhex("".join(row[1] for row in rows))
    golden = dict(row[2].split("=", 1) for row in rows)
    message = schema.decode(frame[4:])
    assert message.message_name == path.stem, (message.message_name, path.stem)
    for name in FRAME[2:]:
        assert message.header[name] == int(golden[name]), name
    names = set(golden) - set(FRAME)
    assert set(message.value) == names, (path.stem, set(message.value) ^ names)
    for name in names - {"signature", "text"}:
        assert shown(message.value[name]) == golden[name], (path.stem, name, message.value[name], golden[name])
    if "text" in names:
        assert message.value["text"]["length"] == len(golden["text"]), path.stem
    return len(names)


paths = sorted((wire / "tests" / "golden").glob("*.txt"))
fields = sum(check(path) for path in paths)
assert len(paths) == len(schema.messages) > 0, "a golden file for every message of the schema"
print(f"{len(paths)} messages, {fields} fields agree with PyPI's sbe")
sys.exit(0)
