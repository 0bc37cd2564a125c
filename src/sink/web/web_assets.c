// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/web/web_assets.h"

/* symbol, file, path, type. Files are found from the top of the source tree, where make runs the compiler. */
#define ASSETS(_)                                                                                                      \
	_(index, "index.html", "/", "text/html; charset=utf-8")                                                        \
	_(style, "style.css", "/style.css", "text/css; charset=utf-8")                                                 \
	_(look, "look.js", "/look.js", "text/javascript; charset=utf-8")                                               \
	_(app, "app.js", "/app.js", "text/javascript; charset=utf-8")                                                  \
	_(table, "table.js", "/table.js", "text/javascript; charset=utf-8")                                            \
	_(export, "export.js", "/export.js", "text/javascript; charset=utf-8")                                         \
	_(details, "details.js", "/details.js", "text/javascript; charset=utf-8")                                      \
	_(charts, "charts.js", "/charts.js", "text/javascript; charset=utf-8")                                         \
	_(format, "format.js", "/format.js", "text/javascript; charset=utf-8")                                         \
	_(icon, "icon.svg", "/icon.svg", "image/svg+xml")

#define _(symbol, file, path_, type)                                                                                   \
	__asm__(".pushsection .rodata\n"                                                                               \
		"web_" #symbol "_begin: .incbin \"src/assets/web/" file "\"\n"                                         \
		"web_" #symbol "_end: .byte 0\n"                                                                       \
		".popsection\n");                                                                                      \
	extern const char web_##symbol##_begin[], web_##symbol##_end[];
ASSETS(_)
#undef _

const struct web_asset WEB_ASSETS[] = {
#define _(symbol, file, path_, type)                                                                                   \
	{ .path = (path_), .content_type = (type), .begin = web_##symbol##_begin, .end = web_##symbol##_end },
	ASSETS(_)
#undef _
};

const size_t WEB_ASSET_COUNT = sizeof(WEB_ASSETS) / sizeof(WEB_ASSETS[0]);
