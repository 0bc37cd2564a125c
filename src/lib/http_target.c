// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/http_target.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SCHEME "http://"

int http_target_parse(const char *text, struct http_target *out)
{
	const char *authority = text + strlen(SCHEME);
	size_t len;

	*out = (struct http_target) { .path = text };
	if (strncasecmp(text, SCHEME, strlen(SCHEME)))
		return 0;
	len = strcspn(authority, "/");
	if (!len || len >= sizeof(out->authority))
		return -EINVAL;
	memcpy(out->authority, authority, len);
	out->path = authority[len] ? authority + len : "/";
	return 0;
}
