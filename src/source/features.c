// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/hooks.h"
#include "source/ladder.h"

/* Loads everything for real: what it prints is what a trace would stand on. */
int ladder_print_features(const struct options *o, FILE *out)
{
	struct hooks *h = NULL;
	int err = hooks_load(o, &h);

	if (!err)
		ladder_print(hooks_ladder(h), out);
	hooks_free(&h);
	return err;
}
