// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How the connections of --self-test are made: both ends of each, in one process, on loopback. */
#include "self_test_conns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/ending.h"
#include "lib/cleanup.h"

/* Until the client's FIN_WAIT2 of 1 s is over for sure. */
#define FIN_WAIT2_PATIENCE_US 2500000

static const struct {
	const char *name;
	uint8_t ending;
} conns[TESTS] = {
	[TEST_CLOSE] = { "closed, the client first", ENDING_CLOSED },
	[TEST_REFUSED] = { "refused: nobody listens", ENDING_REFUSED },
	[TEST_RESET] = { "reset by SO_LINGER 0", ENDING_RESET },
	[TEST_HALF_CLOSE] = { "half-closed, 1000 bytes after it", ENDING_CLOSED },
	[TEST_FIN_WAIT2] = { "FIN_WAIT2 that nobody ends", ENDING_TIMED_OUT },
};

const char *test_conn_name(enum test_conn which)
{
	return conns[which].name;
}

uint8_t test_conn_ending(enum test_conn which)
{
	return conns[which].ending;
}

int test_conn_prepare(void)
{
	_cleanup_fclose_ FILE *timeout = fopen("/proc/sys/net/ipv4/tcp_fin_timeout", "we");
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0 || !timeout || ioctl(fd, SIOCSIFFLAGS, &lo) || fputs("1\n", timeout) < 0 || fflush(timeout))
		return -errno;
	return 0;
}

struct ends {
	int listener, client, server;
};

static void close_ends(struct ends *e)
{
	cleanup_close(&e->listener);
	cleanup_close(&e->client);
	cleanup_close(&e->server);
}

static int open_ends(struct ends *e, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr *at = (const struct sockaddr *)&address;

	e->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	e->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (e->listener < 0 || e->client < 0)
		return -errno;
	if (port != TEST_FIRST_PORT + TEST_REFUSED &&
	    (bind(e->listener, at, sizeof(address)) || listen(e->listener, 1)))
		return -errno;
	if (connect(e->client, at, sizeof(address)))
		return -errno;
	e->server = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC);
	return e->server < 0 ? -errno : 0;
}

/* Reads to the end; a RST is one. */
static void read_all(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

static int half_close(struct ends *e)
{
	static const char bytes[TEST_HALF_CLOSE_BYTES];

	if (shutdown(e->client, SHUT_WR))
		return -errno;
	read_all(e->server);
	if (write(e->server, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
		return -EIO;
	cleanup_close(&e->server);
	read_all(e->client);
	return 0;
}

static int play_ends(struct ends *e, enum test_conn which)
{
	struct linger abort = { .l_onoff = 1 };

	if (which == TEST_HALF_CLOSE)
		return half_close(e);
	if (which == TEST_RESET && setsockopt(e->client, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort)))
		return -errno;
	cleanup_close(&e->client);
	read_all(e->server);
	if (which == TEST_FIN_WAIT2)
		usleep(FIN_WAIT2_PATIENCE_US);
	return 0;
}

int test_conn_play(enum test_conn which)
{
	struct ends e = { -1, -1, -1 };
	int err = open_ends(&e, TEST_FIRST_PORT + which);

	if (which == TEST_REFUSED)
		err = err == -ECONNREFUSED ? 0 : err ?: -EIO;
	else
		err = err ?: play_ends(&e, which);
	close_ends(&e);
	return err;
}
