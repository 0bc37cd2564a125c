// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Plays TCP scenarios with real sockets: `lives list` names them. A scenario is two scripts of steps, one for each
 * side, each played by a process of its own; a step waits for a condition of TCP, never for time to pass. For each
 * connection one JSON line says what was played and what a record of it must say. Needs nothing but libc, so that it
 * runs in any guest.
 *
 * lives play NAME [--client ADDR] [--server ADDR] [--port N] [--client-netns NAME] [--server-netns NAME] [-n COUNT]
 *    [--think MS]               pause before the first close
 *    [--watch]                  also measures TIME_WAIT, by asking sock_diag for the tuple until it is gone
 *    [--hold CMD --release CMD] shell commands that stop and let go what both sides send: the crossing ones need them
 */
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lives/side.h"

#define EXIT_SKIP 77

static void print_end(const char *name, const union address *a, pid_t pid)
{
	char text[INET6_ADDRSTRLEN];
	union address copy = *a;

	printf("\"%s\":{\"address\":\"%s\",", name, address_text(a, text));
	/* The kernel takes the port back when connect() fails: then it is not known. */
	if (*address_port(&copy))
		printf("\"port\":%u,", ntohs(*address_port(&copy)));
	printf("\"pid\":%d},", pid);
}

static void print_watched(void)
{
	for (int i = CLIENT; i < SIDES; i++) {
		const struct watched *w = &shared->watched[i];

		if (w->gone_before)
			printf("\"%s_time_wait\":{\"shortest_ns\":%lld,\"longest_ns\":%lld},", SIDE_NAME[i],
			       (long long)(w->gone_after - w->made_before),
			       (long long)(w->gone_before - w->made_after));
	}
}

static void print_played(const pid_t pid[SIDES])
{
	for (int i = 0; i < CONNECTIONS && play.scenario->record[i]; i++) {
		printf("{\"life\":\"%s\",\"connection\":%d,", play.scenario->name, i + 1);
		for (int side = CLIENT; side < SIDES; side++) {
			const union address *a = &shared->used[i][side];

			print_end(SIDE_NAME[side], a->sa.sa_family ? a : &play.address[side], pid[side]);
		}
		if (i == 0)
			print_watched();
		printf("\"time_wait\":\"%s\",\"record\":{%s}}\n", i == 0 ? play.scenario->timewait : "",
		       play.scenario->record[i]);
	}
	fflush(stdout);
}

static bool ended_well(enum side_name name, int status)
{
	const char *script = name == CLIENT ? play.scenario->client : play.scenario->server;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return strstr(script, "kill") != NULL;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		fprintf(stderr, "lives: %s: %s: %s\n", play.scenario->name, SIDE_NAME[name],
			strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int play_once(void)
{
	int to_server[2], to_client[2], status, failed = 0;
	pid_t pid[SIDES];

	memset(shared, 0, sizeof(*shared));
	if (pipe2(to_server, O_CLOEXEC) || pipe2(to_client, O_CLOEXEC))
		return perror("lives: pipe"), 1;
	for (int side = CLIENT; side < SIDES; side++) {
		pid[side] = fork();
		if (pid[side] < 0)
			return perror("lives: fork"), 1;
		if (pid[side] == 0) {
			/* Of each pipe a side keeps one end: when the other side dies, its reader must notice. */
			close(side == CLIENT ? to_client[1] : to_server[1]);
			close(side == CLIENT ? to_server[0] : to_client[0]);
			play_side(side, side == CLIENT ? to_client[0] : to_server[0],
				  side == CLIENT ? to_server[1] : to_client[1]);
		}
	}
	close(to_server[0]), close(to_server[1]), close(to_client[0]), close(to_client[1]);
	for (int waited = 0; waited < SIDES; waited++) {
		pid_t ended = wait(&status);
		enum side_name side = ended == pid[CLIENT] ? CLIENT : SERVER;

		if (ended >= 0 && ended_well(side, status))
			continue;
		/* What the other one waits for will not come any more. */
		if (waited == 0)
			kill(pid[!side], SIGTERM);
		failed = 1;
	}
	if (!failed)
		print_played(pid);
	return failed;
}

/* Has this netns a name, as `ip netns` gives? Then it is nobody's ordinary network. */
static bool in_named_netns(void)
{
	struct stat own, other;
	bool found = false;
	glob_t names;

	if (stat("/proc/self/ns/net", &own) || glob("/run/netns/*", 0, NULL, &names))
		return false;
	for (size_t i = 0; i < names.gl_pathc; i++)
		found |= stat(names.gl_pathv[i], &other) == 0 && own.st_ino == other.st_ino &&
			 own.st_dev == other.st_dev;
	globfree(&names);
	return found;
}

static const char *missing(void)
{
	if (play.scenario->need == NEEDS_HOLD && (!play.hold || !play.release))
		return "needs a path that can be held: --hold and --release";
	if (play.scenario->need == NEEDS_OWN_NETNS && !play.netns[CLIENT] && !in_named_netns())
		return "changes ip_local_port_range, so the client needs a netns of its own: --client-netns, or ip "
		       "netns exec";
	return NULL;
}

static const struct scenario *find_scenario(const char *name)
{
	const struct scenario *s = SCENARIOS;

	while (s->name && strcmp(s->name, name) != 0)
		s++;
	return s->name ? s : NULL;
}

static int list(void)
{
	for (const struct scenario *s = SCENARIOS; s->name; s++)
		printf("%-20s %s\n", s->name, s->story);
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: lives list | lives play NAME [--client ADDR] [--server ADDR] [--port N] [--client-netns NAME]\n"
		"       [--server-netns NAME] [-n COUNT] [--think MS] [--watch] [--hold CMD --release "
		"CMD]\n");
	return 2;
}

/* Returns false after a message. */
static bool parse_options(int argc, char **argv)
{
	static const struct option OPTIONS[] = { { "client", 1, NULL, 'c' },
						 { "server", 1, NULL, 's' },
						 { "port", 1, NULL, 'p' },
						 { "client-netns", 1, NULL, 'C' },
						 { "server-netns", 1, NULL, 'S' },

						 { "think", 1, NULL, 't' },
						 { "watch", 0, NULL, 'w' },
						 { "hold", 1, NULL, 'h' },
						 { "release", 1, NULL, 'r' },
						 { NULL, 0, NULL, 0 } };
	const char *client = NULL, *server = "127.0.0.1";

	for (int c; (c = getopt_long(argc, argv, "n:", OPTIONS, NULL)) != -1;) {
		switch (c) {
		case 'c':
			client = optarg;
			break;
		case 's':
			server = optarg;
			break;
		case 'p':
			play.port = (unsigned int)atoi(optarg);
			break;
		case 'C':
			play.netns[CLIENT] = optarg;
			break;
		case 'S':
			play.netns[SERVER] = optarg;
			break;
		case 'n':
			play.count = (unsigned int)atoi(optarg);
			break;
		case 't':
			play.think_ms = (unsigned int)atoi(optarg);
			break;
		case 'w':
			play.watch = true;
			break;
		case 'h':
			play.hold = optarg;
			break;
		case 'r':
			play.release = optarg;
			break;
		default:
			return false;
		}
	}
	play.client_address = client != NULL;
	return address_parse(server, &play.address[SERVER]) &&
	       address_parse(client ? client : server, &play.address[CLIENT]);
}

int main(int argc, char **argv)
{
	const struct scenario *scenario;
	int failed = 0;

	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list();
	if (argc < 3 || strcmp(argv[1], "play") != 0 || !parse_options(argc - 2, argv + 2))
		return usage();
	scenario = find_scenario(argv[2]);
	if (!scenario) {
		fprintf(stderr, "lives: no scenario named %s; `lives list` names them\n", argv[2]);
		return 2;
	}
	play.scenario = scenario;
	if (missing()) {
		fprintf(stderr, "lives: %s %s\n", scenario->name, missing());
		return EXIT_SKIP;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return perror("lives: mmap"), 1;
	for (unsigned int i = 0; i < play.count && !failed; i++)
		failed = play_once();
	return failed;
}
