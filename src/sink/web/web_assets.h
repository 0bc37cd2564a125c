/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The page's files, which are part of the program. */
#ifndef TCPLIFE_WEB_ASSETS_H
#define TCPLIFE_WEB_ASSETS_H

#include <stddef.h>

struct web_asset {
	const char *path, *content_type;
	const char *begin, *end;
};

extern const struct web_asset WEB_ASSETS[];
extern const size_t WEB_ASSET_COUNT;

#endif
