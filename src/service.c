// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "service.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"

struct service {
	int fd;
	unsigned int watchdog_ms; /* between two keep-alive messages; 0 = none wanted */
};

/* A path, or a name in the abstract namespace after an @. The length, or 0. */
static socklen_t address_of(struct sockaddr_un *to, const char *name)
{
	size_t len = strlen(name);

	if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof(to->sun_path))
		return 0;
	*to = (struct sockaddr_un) { .sun_family = AF_UNIX };
	memcpy(to->sun_path, name, len);
	if (*name == '@')
		to->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + len;
}

/* Not for us if WATCHDOG_PID is another's. */
static unsigned int watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long n = usec ? strtoull(usec, NULL, 10) : 0;

	if (!n || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	n /= 2000;
	return n < 1 ? 1 : n > 3600000 ? 3600000 : (unsigned int)n;
}

int service_new(struct service **out)
{
	const char *name = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	struct sockaddr_un to;
	socklen_t len;

	*out = NULL;
	if (!name || !*name)
		return 0;
	len = address_of(&to, name);
	fd = len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, len)) {
		log_errno(len ? -errno : -EINVAL, "cannot reach the service manager at NOTIFY_SOCKET=%s", name);
		return 0; /* it will say so itself */
	}
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return log_errno(-ENOMEM, "cannot start");
	(*out)->fd = TAKE_FD(fd);
	(*out)->watchdog_ms = watchdog_ms();
	return 0;
}

void service_free(struct service **s)
{
	if (!*s)
		return;
	close((*s)->fd);
	free(*s);
	*s = NULL;
}

void service_tell(const struct service *s, const char *state)
{
	/* A manager that is too slow for a datagram misses one. */
	if (s)
		(void)!write(s->fd, state, strlen(state));
}

static void on_watchdog(void *ctx, uint32_t events)
{
	service_tell(ctx, "WATCHDOG=1");
}

int service_watch(const struct service *s, struct loop *loop)
{
	return s && s->watchdog_ms ? loop_every(loop, s->watchdog_ms, on_watchdog, (void *)s) : 0;
}
