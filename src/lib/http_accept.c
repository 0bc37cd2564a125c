// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/http_accept.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define SPACES " \t"

/* "1", "0.5", "0.125": 0 to 1000. Else 0. */
static unsigned int thousandths(const char *text, size_t len)
{
	unsigned int value = 0, unit = 100;

	if (!len || (text[0] != '0' && text[0] != '1') || (len > 1 && text[1] != '.') || len > 5)
		return 0;
	for (size_t i = 2; i < len; i++, unit /= 10) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value += (unsigned int)(text[i] - '0') * unit;
	}
	return text[0] == '1' ? HTTP_WEIGHT_MAX : value;
}

/* Of the parameters behind a word, up to end. */
static unsigned int weight_of(const char *at, const char *end)
{
	while (at < end) {
		size_t len;

		at += 1 + strspn(at + 1, SPACES); /* past the semicolon */
		len = strcspn(at, ";,");
		if (!strncasecmp(at, "q=", 2)) {
			while (len > 2 && strchr(SPACES, at[len - 1]))
				len--;
			return thousandths(at + 2, len - 2);
		}
		at += len;
	}
	return HTTP_WEIGHT_MAX;
}

unsigned int http_weight(const char *header, const char *word)
{
	size_t word_len = strlen(word);
	unsigned int most = 0;

	while (header && *header) {
		size_t all, len;

		header += strspn(header, SPACES);
		all = strcspn(header, ",");
		len = strcspn(header, ";,");
		while (len && strchr(SPACES, header[len - 1]))
			len--;
		if (len == word_len && !strncasecmp(header, word, len)) {
			const char *parameters = header + strcspn(header, ";,");
			unsigned int weight = weight_of(parameters, header + all);

			most = weight > most ? weight : most;
		}
		header += all + (header[all] == ',');
	}
	return most;
}
