// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "sink/export/otlp_pairs.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place. 0 or -EINVAL. */
static int decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		char c = *from;

		if (c == '%') {
			int high = hex_digit(from[1]), low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0)
				return -EINVAL;
			c = high << 4 | low;
			from += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return -EINVAL;
		*to++ = c;
	}
	*to = '\0';
	return 0;
}

static char *trimmed_copy(const char *text, size_t len)
{
	while (len && strchr(" \t", *text)) {
		text++;
		len--;
	}
	while (len && strchr(" \t", text[len - 1]))
		len--;
	return strndup(text, len);
}

static int add_pair(struct otlp_pairs *p, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	_cleanup_free_ char *key = NULL, *value = NULL;
	struct otlp_pair *list;

	if (!equals)
		return -EINVAL;
	key = trimmed_copy(text, equals - text);
	value = trimmed_copy(equals + 1, text + len - equals - 1);
	list = reallocarray(p->list, p->count + 1, sizeof(*list));
	if (list)
		p->list = list;
	if (!key || !value || !list)
		return -ENOMEM;
	if (!*key || strpbrk(key, " \t\":;(),/<>?@[\\]{}") || decode(key) || decode(value))
		return -EINVAL;
	p->list[p->count++] = (struct otlp_pair) { TAKE_PTR(key), TAKE_PTR(value) };
	return 0;
}

int otlp_pairs_parse(const char *text, struct otlp_pairs *out)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		int err = strspn(text, " \t") < len ? add_pair(out, text, len) : 0;

		if (err)
			return err;
		text += len + (text[len] == ',');
	}
	return 0;
}

void otlp_pairs_free(struct otlp_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->list[i].key);
		free(p->list[i].value);
	}
	free(p->list);
	*p = (struct otlp_pairs) { 0 };
}

const char *otlp_pairs_find(const struct otlp_pairs *p, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->list[i].key, key))
			value = p->list[i].value;
	return value;
}

int otlp_pairs_add(struct otlp_pairs *p, const char *key, const char *value)
{
	struct otlp_pair *list = reallocarray(p->list, p->count + 1, sizeof(*list));
	struct otlp_pair pair;

	if (!list)
		return -ENOMEM;
	p->list = list;
	pair = (struct otlp_pair) { strdup(key), strdup(value) };
	p->list[p->count++] = pair;
	return pair.key && pair.value ? 0 : -ENOMEM;
}
