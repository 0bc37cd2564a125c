/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Who may see the page that the program serves: the users whom it is for, or whoever has the token. */
#ifndef TCPLIFE_ACCESS_H
#define TCPLIFE_ACCESS_H

#include "lib/http.h"
#include "options.h"

struct access {
	struct http_access http;
	char token[HTTP_TOKEN_MAX + 1];
};

/* *out stays where it is. 0, or a negative errno after a message. */
int access_read(struct access *out, const struct options *o);

#endif
