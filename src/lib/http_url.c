// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/http_url.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool http_url_is_valid(const char *url)
{
	size_t scheme = !strncasecmp(url, "http://", 7) ? 7 : !strncasecmp(url, "https://", 8) ? 8 : 0;

	return scheme && url[scheme] && !strchr("/?#", url[scheme]) && !strpbrk(url, " \t\r\n");
}

bool http_status_may_pass(long status)
{
	return status == 429 || status == 502 || status == 503 || status == 504;
}
