// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Plays TCP lives between a socket of the kernel's and a peer that is made by hand, segment by segment, on a tun
 * device: `peer list` names them. Each step waits for a segment or a state, never for time to pass, except where a
 * timer of the kernel's is the point. For each connection one JSON line says what a record of it must say: states,
 * ending, lengths as sock_diag showed them, and how many packets and bytes went each way on the device. Needs nothing
 * but libc.
 *
 * peer play [-d DEVICE] [-a PREFIX4] [-b PREFIX6] LIFE/VERSION...    VERSION: 4, 6 or mapped
 *
 * All lives are played at once, each by a process of its own and with a peer's address of its own: PREFIX4.N and
 * PREFIX6::N; the kernel's is N = 1. Plays when a line comes on stdin, so that a tracer can find the device before;
 * lives that are to stay open do so until stdin ends. stderr says when no others are left.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer/peer.h"

#define PLAYERS_MAX 200
#define FIRST_PEER  10 /* last byte of its address */

static int channels[PLAYERS_MAX];
static unsigned int players;
static const char *prefix4 = "10.97.0", *prefix6 = "fd97";

static const struct life *find_life(const char *name, size_t length)
{
	for (const struct life *const *table = LIFE_TABLES; *table; table++) {
		for (const struct life *l = *table; l->name; l++) {
			if (strlen(l->name) == length && memcmp(l->name, name, length) == 0)
				return l;
		}
	}
	return NULL;
}

static int list(void)
{
	for (const struct life *const *table = LIFE_TABLES; *table; table++) {
		for (const struct life *l = *table; l->name; l++)
			printf("%-24s %-12s %s\n", l->name, l->theme, l->story);
	}
	return 0;
}

static void address_of(union address *out, const char *version, unsigned int last)
{
	char text[INET6_ADDRSTRLEN];

	if (strcmp(version, "6") == 0)
		snprintf(text, sizeof(text), "%s::%x", prefix6, last);
	else
		snprintf(text, sizeof(text), "%s.%u", prefix4, last);
	if (!address_parse(text, out))
		die("no address: %s", text);
}

/* Returns the process. */
static pid_t start(const char *word, unsigned int number)
{
	const char *version = strchr(word, '/');
	const struct life *life = find_life(word, version ? (size_t)(version - word) : strlen(word));
	int pair[2];
	pid_t pid;

	if (!life || !version)
		die("no such life: %s; `peer list` names them", word);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	pid = must(fork());
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		close(pair[0]);
		me.channel = pair[1];
		address_of(&me.kernel, version + 1, 1);
		address_of(&me.peer, version + 1, FIRST_PEER + number);
		play(life, version + 1, number);
	}
	close(pair[1]);
	channels[number] = pair[0];
	return pid;
}

/* Hands out what the kernel sends, by its destination. */
static void share_out(int tun)
{
	static uint8_t packet[PACKET_MAX];
	ssize_t length = read(tun, packet, sizeof(packet));
	int player = length > 0 ? packet_player(packet, (size_t)length) - FIRST_PEER : -1;

	/* A player that is through does not read any more. */
	if (player >= 0 && player < (int)players)
		send(channels[player], packet, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static unsigned int staying(void)
{
	static bool stays[PLAYERS_MAX];
	unsigned int count = 0;
	char none;

	for (unsigned int i = 0; i < players; i++) {
		stays[i] |= recv(channels[i], &none, 1, MSG_DONTWAIT) == 1;
		count += stays[i];
	}
	return count;
}

/* Those that stay go when stdin ends. */
static void dismiss(unsigned int count)
{
	char none;

	fprintf(stderr, "peer: %u stay open until stdin ends\n", count);
	while (read(STDIN_FILENO, &none, 1) > 0)
		;
	for (unsigned int i = 0; i < players; i++)
		close(channels[i]);
	players = 0;
}

static int wait_for_all(int tun)
{
	struct pollfd p = { .fd = tun, .events = POLLIN };
	unsigned int left = players;
	int status, failed = 0;

	while (left > 0) {
		unsigned int stay = players ? staying() : 0;

		if (stay && left == stay)
			dismiss(stay);

		pid_t ended = waitpid(-1, &status, WNOHANG);

		if (ended > 0) {
			left--;
			failed |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
			if (WIFSIGNALED(status))
				fprintf(stderr, "peer: a player ended by signal: %s\n", strsignal(WTERMSIG(status)));
			continue;
		}
		if (poll(&p, 1, 20) > 0)
			share_out(tun);
	}
	return failed;
}

static int usage(void)
{
	fprintf(stderr, "usage: peer list | peer play [-d DEVICE] [-a PREFIX4] [-b PREFIX6] LIFE/VERSION...\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *device = "tun0";
	char address4[INET6_ADDRSTRLEN], address6[INET6_ADDRSTRLEN], go;

	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list();
	if (argc < 3 || strcmp(argv[1], "play") != 0)
		return usage();
	argv++, argc--;
	for (int c; (c = getopt(argc, argv, "d:a:b:")) != -1;) {
		if (c == 'd')
			device = optarg;
		else if (c == 'a')
			prefix4 = optarg;
		else if (c == 'b')
			prefix6 = optarg;
		else
			return usage();
	}
	snprintf(address4, sizeof(address4), "%s.1", prefix4);
	snprintf(address6, sizeof(address6), "%s::1", prefix6);
	me.tun = tun_open(device, address4, address6);
	if (read(STDIN_FILENO, &go, 1) != 1)
		return 1;
	for (; optind < argc; optind++, players++) {
		if (players == PLAYERS_MAX)
			die("too many lives");
		start(argv[optind], players);
	}
	return wait_for_all(me.tun);
}
