// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/hooks.h"
#include "source/interfaces.h"
#include "source/ladder.h"

/* Loads and attaches everything for real, so what it prints is what a trace would use. */
int ladder_print_features(const struct options *o, FILE *out)
{
	struct interfaces *interfaces = NULL;
	struct hooks *h = NULL;
	int err = hooks_load(o, &h);

	if (h)
		ladder_print(hooks_ladder(h), out);
	if (!err)
		err = hooks_open_interfaces(h, o, NULL, &interfaces);
	if (!err) {
		fputs("segments\n", out);
		interfaces_print(interfaces, out);
	}
	interfaces_free(&interfaces);
	hooks_free(&h);
	return err;
}
