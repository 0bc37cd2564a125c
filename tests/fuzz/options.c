// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The command line: an argument a line. */
#include "fuzz.h"

#include <netdb.h>

#include "option_parse.h"

#define MAX_ARGS 40
#define MAX_SIZE 4096

/* Instead of the C library's, for libpcap as well: no name of an input is asked of the network. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	(void)name, (void)service, (void)hints, (void)out;
	return EAI_NONAME;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *argv[MAX_ARGS + 2], name[] = "tcplife-trace";
	struct options o;
	int argc = 1;

	if (size > MAX_SIZE || memchr(data, '\0', size))
		return 0;
	text = strndup((const char *)data, size);
	if (!text)
		abort();
	argv[0] = name;
	for (char *line = text; line && argc <= MAX_ARGS;)
		argv[argc++] = strsep(&line, "\n");
	argv[argc] = NULL;
	if (!option_parse(argc, argv, &o))
		options_free(&o);
	free(text);
	return 0;
}
