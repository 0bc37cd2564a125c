// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/near.h"

#include <stddef.h>
#include <string.h>

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
static unsigned int distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned int row[3][NEAR_NOT + 1];

	if (la > NEAR_NOT || lb > NEAR_NOT)
		return NEAR_NOT;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int *now = row[i % 3], *before = row[(i + 2) % 3], *two_before = row[(i + 1) % 3];

		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = least(least(now[j - 1], before[j]) + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], two_before[j - 2] + 1);
		}
	}
	return row[la % 3][lb];
}

unsigned int near_distance(const char *name, const char *word)
{
	unsigned int d = distance(name, word), len = (unsigned int)strlen(word);

	return d <= 1 + len / 4 && d < len ? d : NEAR_NOT;
}
