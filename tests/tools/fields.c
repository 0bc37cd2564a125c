// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Prints the fields, a line a field: path, type, unit, help. tests/schema.py compares it with the JSON Schema. */
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
	const struct field *f;

	for (size_t i = 0; (f = field_at(i)); i++)
		printf("%s\t%s\t%s\t%s\n", f->path, types[f->type], f->unit, f->help);
	return 0;
}
