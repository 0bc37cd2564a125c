// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The loads of `make bench`, and what measures a program under them:
 *
 * load churn|hold|bulk|rr|flood [--client ADDR] --server ADDR [--port N] [--server-netns NAME]
 *      churn: connections one after the other, the server sends --body BYTES on each; for --seconds S or --count N,
 *             or until SIGTERM; at most --rate N a second
 *      hold:  --count N connections that idle until stdin ends
 *      bulk:  as many bytes as one connection takes; rr: 64 bytes there and back; both for --seconds S
 *      flood: SYNs from addresses that nobody has
 *      A client address that ends in .0.0 (IPv6: in :0) stands for its 65536 neighbours, turn by turn.
 * load syscalls|timers --seconds S
 * load recording --count N [--rate N] [--stage open|timewait|over]     a recording, on stdout
 * load capture --count N [--rate N]                                    a capture, on stdout
 * load run [--until TEXT] -- PROGRAM ARG...                            what it took; until it says TEXT on stderr
 */
#include "load/load.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(const struct load_options *o);
	bool server;
} LOADS[] = {
	{ "churn", load_churn, true },	  { "hold", load_hold, true },	      { "bulk", load_bulk, true },
	{ "rr", load_rr, true },	  { "flood", load_flood, true },      { "syscalls", load_syscalls, false },
	{ "timers", load_timers, false }, { "capture", load_capture, false }, { "recording", load_recording, false },
	{ "run", load_run, false },
};

enum { CLIENT = 1, SERVER, PORT, SERVER_NETNS, BODY, COUNT, RATE, SECONDS, STAGE, UNTIL };

static const struct option OPTIONS[] = {
	{ "client", required_argument, NULL, CLIENT },
	{ "server", required_argument, NULL, SERVER },
	{ "port", required_argument, NULL, PORT },
	{ "server-netns", required_argument, NULL, SERVER_NETNS },
	{ "body", required_argument, NULL, BODY },
	{ "count", required_argument, NULL, COUNT },
	{ "rate", required_argument, NULL, RATE },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "stage", required_argument, NULL, STAGE },
	{ "until", required_argument, NULL, UNTIL },
	{ 0 },
};

__attribute__((noreturn)) static void usage(const char *what)
{
	fprintf(stderr, "load: %s; see the head of tests/bench/load.c\n", what);
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*end || end == text || *text == '-')
		usage("a number is not one");
	return n;
}

static double positive(const char *text)
{
	char *end;
	double n = strtod(text, &end);

	if (*end || !(n > 0))
		usage("--seconds is not a number above 0");
	return n;
}

static void take(struct load_options *o, uint16_t *port, int option)
{
	if ((option == CLIENT && !address_parse(optarg, &o->client)) ||
	    (option == SERVER && !address_parse(optarg, &o->server)))
		usage("no address");
	switch (option) {
	case CLIENT:
	case SERVER:
		break;
	case PORT:
		*port = (uint16_t)number(optarg);
		break;
	case SERVER_NETNS:
		o->server_netns = optarg;
		break;
	case BODY:
		o->body = number(optarg);
		break;
	case COUNT:
		o->count = number(optarg);
		break;
	case RATE:
		o->rate = number(optarg);
		break;
	case SECONDS:
		o->seconds = positive(optarg);
		break;
	case STAGE:
		o->stage = optarg;
		break;
	case UNTIL:
		o->until = optarg;
		break;
	default:
		usage("an option is wrong");
	}
}

static bool is_stage(const char *stage)
{
	return !strcmp(stage, "open") || !strcmp(stage, "timewait") || !strcmp(stage, "over");
}

int main(int argc, char **argv)
{
	struct load_options o = { .seconds = 1, .stage = "over" };
	uint16_t port = 7000;
	int option;

	if (argc < 2)
		usage("no load");
	signal(SIGPIPE, SIG_IGN);
	optind = 2;
	while ((option = getopt_long(argc, argv, "+", OPTIONS, NULL)) != -1)
		take(&o, &port, option);
	o.command = argv + optind;
	if (!is_stage(o.stage))
		usage("--stage");
	for (size_t i = 0; i < sizeof(LOADS) / sizeof(LOADS[0]); i++) {
		if (strcmp(LOADS[i].name, argv[1]))
			continue;
		if (LOADS[i].server && !o.server.sa.sa_family)
			usage("--server is missing");
		if (LOADS[i].server)
			*address_port(&o.server) = htons(port);
		return LOADS[i].run(&o);
	}
	usage("there is no such load");
}
