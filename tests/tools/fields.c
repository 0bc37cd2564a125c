// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Prints FIELDS, a line a field: path, type, unit, help. tests/schema.py compares it with the JSON Schema. */
#include <stdio.h>

#include "core/record/field.h"

int main(void)
{
	static const char *const types[] = {
		[VALUE_BOOL] = "boolean",
		[VALUE_INT] = "integer",
		[VALUE_UINT] = "integer",
		[VALUE_TEXT] = "string",
	};

	for (size_t i = 0; i < FIELD_COUNT; i++)
		printf("%s\t%s\t%s\t%s\n", FIELDS[i].path, types[FIELDS[i].type], FIELDS[i].unit, FIELDS[i].help);
	return 0;
}
