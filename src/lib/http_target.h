/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A request's target (RFC 9112, 3.2), and the values of its query. Pure. */
#ifndef TCPLIFE_HTTP_TARGET_H
#define TCPLIFE_HTTP_TARGET_H

#include "lib/hostport.h"
#include "lib/strbuf.h"

#define HTTP_AUTHORITY_SIZE (HOSTPORT_HOST_SIZE + 8)

struct http_target {
	const char *path; /* in the text, or static */
	/* Of the absolute form, http://HOST:PORT/PATH: it stands for the Host header. "" = of another form. */
	char authority[HTTP_AUTHORITY_SIZE];
};

/* 0, or -EINVAL: an absolute form with an authority that is empty or too long. */
int http_target_parse(const char *text, struct http_target *out);

/* A value of the query: %XX is a byte, + a blank. 0, or -EINVAL: a % without two hexadecimal digits, or a NUL. */
int http_target_unescape(const char *text, struct strbuf *out);

#endif
