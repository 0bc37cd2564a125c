/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What HTTP itself says of URLs and answers. Pure. */
#ifndef TCPLIFE_HTTP_URL_H
#define TCPLIFE_HTTP_URL_H

#include <stdbool.h>

/* Is that an http or https URL with a host? */
bool http_url_is_valid(const char *url);
/* 429, 502, 503, 504: the same request may be taken later. */
bool http_status_may_pass(long status);

#endif
