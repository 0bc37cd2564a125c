#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Checks records against the JSON Schema, and the schema against the fields.

schema.py SCHEMA records FILE...   every line of each file is a valid record
schema.py SCHEMA fields            stdin: what tests/tools/fields prints; each field has its place, type and help there
"""
import json
import sys

import jsonschema


def resolve(schema, node):
    while "$ref" in node or "allOf" in node:
        ref = node.get("$ref") or node["allOf"][0]["$ref"]
        node = schema["$defs"][ref.rsplit("/", 1)[1]]
    return node


def check_records(schema, files):
    validator = jsonschema.Draft202012Validator(schema)
    # By its name, not by oneOf: the message then names the key that is wrong.
    by_name = {
        "tcplife.connection": validator.evolve(schema={**schema["$defs"]["connection"], "$defs": schema["$defs"]}),
        "tcplife.open": validator.evolve(schema={**schema["$defs"]["open_record"], "$defs": schema["$defs"]}),
        "tcplife.time_wait": validator.evolve(schema={**schema["$defs"]["time_wait_record"], "$defs": schema["$defs"]}),
    }
    bad = 0
    for name in files:
        with open(name, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                record = json.loads(line)
                chosen = by_name.get(record.get("schema"), validator)
                for error in chosen.iter_errors(record):
                    bad += 1
                    print(f"{name}:{number}: {error.json_path}: {error.message[:300]}")
    return bad


def check_fields(schema):
    bad = 0
    for line in sys.stdin:
        path, kind, unit, text = line.rstrip("\n").split("\t")
        node, described = schema["$defs"]["connection"], {}
        try:
            for part in path.split("."):
                described = resolve(schema, node)["properties"][part]
                node = described
        except KeyError:
            bad += 1
            print(f"{path}: not in the schema")
            continue
        if resolve(schema, node).get("type") != kind:
            bad += 1
            print(f"{path}: is no {kind} in the schema")
        if described.get("description") != text + (f" [{unit}]" if unit else ""):
            bad += 1
            print(f"{path}: described otherwise in the schema")
    return bad


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    bad = check_fields(schema) if sys.argv[2] == "fields" else check_records(schema, sys.argv[3:])
    return 1 if bad else 0


sys.exit(main())
