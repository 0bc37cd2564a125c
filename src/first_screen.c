// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "first_screen.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/human.h"
#include "lib/log.h"

#define NAMES_SHOWN 6

static bool is_up(int fd, const char *name)
{
	struct ifreq r = { 0 };

	strncpy(r.ifr_name, name, sizeof(r.ifr_name) - 1);
	return !ioctl(fd, SIOCGIFFLAGS, &r) && r.ifr_flags & IFF_UP;
}

static void put_name(struct strbuf *out, const char *name, size_t before)
{
	if (before < NAMES_SHOWN) {
		strbuf_puts(out, before ? ", " : "");
		human_text(out, name, strlen(name), HUMAN_UTF8);
	} else if (before == NAMES_SHOWN) {
		strbuf_puts(out, ", ...");
	}
}

static size_t put_all(struct strbuf *out)
{
	struct if_nameindex *list = if_nameindex();
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t count = 0;

	for (const struct if_nameindex *i = list; i && i->if_name; i++)
		if (fd >= 0 && is_up(fd, i->if_name))
			put_name(out, i->if_name, count++);
	if_freenameindex(list);
	return count;
}

static void put_interfaces(const struct options *o, struct strbuf *out)
{
	size_t count = o->iface_count;

	for (size_t i = 0; i < o->iface_count; i++)
		put_name(out, o->iface[i], i);
	if (!count && o->netns) {
		strbuf_puts(out, "all interfaces");
		return;
	}
	if (!count)
		count = put_all(out);
	strbuf_printf(out, " (%zu interface%s)", count, human_s(count));
}

void first_screen_begin(const struct options *o, struct strbuf *out)
{
	if (options_offline(o) || !isatty(STDERR_FILENO))
		return;
	strbuf_puts(out, "watching ");
	put_interfaces(o, out);
	strbuf_puts(out, o->netns ? ", namespace " : ", all namespaces");
	if (o->netns)
		human_text(out, o->netns, strlen(o->netns), HUMAN_UTF8);
}

void first_screen_say(const struct options *o, size_t open, struct strbuf *out)
{
	if (!out->len)
		return;
	strbuf_printf(out, ", %zu connection%s open", open, human_s(open));
	if (o->asked.len) {
		strbuf_puts(out, "; filter:");
		human_text(out, o->asked.text, o->asked.len, HUMAN_UTF8);
	}
	log_notice("%s", strbuf_text(out));
	strbuf_free(out);
}
