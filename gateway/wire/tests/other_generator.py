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

GROUPS = {
    field.name for message in schema.messages.values() for field in message.fields if isinstance(field, sbe.Group)
}
FRAME = ("frameLength", "encodingType", "blockLength", "templateId", "schemaId", "version")


def shown(value):
    # Of an enumeration that is null the package gives the byte.
    if value in (None, "", b"\0"):
        return "null"
    if isinstance(value, list):
        return "{" + ",".join(value) + "}"
    return str(value)


def flat(value):
    """Fields by name; those of a group's entries as in the golden files, with how many entries there are."""
    fields = {}
    for name, part in value.items():
        if name in GROUPS:
            fields[name] = len(part)
            for number, entry in enumerate(part, 1):
                fields |= {f"{name}.{number}.{inner}": it for inner, it in entry.items()}
        else:
            fields[name] = part
    return fields


def check(path):
    rows = [line.rstrip("\n").split(None, 2) for line in open(path)]
    frame = bytes.fromhex("".join(row[1] for row in rows))
    golden = dict(row[2].split("=", 1) for row in rows)
    message = schema.decode(frame[4:])
    assert message.message_name == path.stem, (message.message_name, path.stem)
    for name in FRAME[2:]:
        assert message.header[name] == int(golden[name]), name
    # The package goes by the length of an entry that the frame has, and does not tell it.
    names = {name for name in golden if name not in FRAME and not name.endswith(".blockLength")}
    value = flat(message.value)
    assert set(value) == names, (path.stem, set(value) ^ names)
    for name in names - {"signature", "text"}:
        assert shown(value[name]) == golden[name], (path.stem, name, value[name], golden[name])
    if "text" in names:
        assert value["text"]["length"] == len(golden["text"]), path.stem
    return len(names)


paths = sorted((wire / "tests" / "golden").glob("*.txt"))
fields = sum(check(path) for path in paths)
assert len(paths) == len(schema.messages) > 0, "a golden file for every message of the schema"
print(f"{len(paths)} messages, {fields} fields agree with PyPI's sbe")
sys.exit(0)
