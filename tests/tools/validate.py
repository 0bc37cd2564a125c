#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""validate.py SCHEMA FILE...: every line of every file is a record that the schema allows, and each file has one."""
import json
import sys

import jsonschema


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    bad = 0
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        print(f"{path}: {len(records)} records")
        bad += not records
        for n, record in enumerate(records, 1):
            for error in validator.iter_errors(record):
                bad += 1
                print(f"{path}:{n}: {'.'.join(map(str, error.absolute_path))}: {error.message}", file=sys.stderr)
    return 1 if bad else 0


sys.exit(main())
