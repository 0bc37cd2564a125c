// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* DNS messages: a name is text that needs no escape, and nothing beyond the message is read. */
#include "fuzz.h"

#include "core/dns.h"

static void on_answer(void *ctx, const struct dns_answer *a)
{
	size_t len = strlen(a->name);

	if (!len || len >= DNS_NAME_SIZE || strspn(a->name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != len)
		abort();
	(*(int *)ctx)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int told = 0, found = dns_answers(data, size, on_answer, &told);

	if (found >= 0 ? found != told : told != 0)
		abort();
	return 0;
}
