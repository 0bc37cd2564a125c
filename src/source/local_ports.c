// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/local_ports.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "source/netns.h"

#define SYSCTL "/proc/sys/net/ipv4/"

/* "8080,9148-9150": how many of them lie in the range. */
static unsigned int count_reserved(FILE *f, unsigned int low, unsigned int high)
{
	unsigned int n = 0, first, last;

	while (fscanf(f, "%u", &first) == 1) {
		int c = fgetc(f);

		last = first;
		if (c == '-' && fscanf(f, "%u", &last) == 1)
			c = fgetc(f);
		first = first < low ? low : first;
		last = last > high ? high : last;
		n += first <= last ? last - first + 1 : 0;
		if (c != ',')
			break;
	}
	return n;
}

/* /proc/sys/net is that of the task's own network namespace. */
static bool read_here(struct local_ports *out)
{
	_cleanup_fclose_ FILE *range = fopen(SYSCTL "ip_local_port_range", "re");
	_cleanup_fclose_ FILE *reserved = fopen(SYSCTL "ip_local_reserved_ports", "re");
	_cleanup_fclose_ FILE *reuse = fopen(SYSCTL "tcp_tw_reuse", "re");
	unsigned int low, high, mode = 0;

	if (!range || fscanf(range, "%u %u", &low, &high) != 2 || low > high || high > UINT16_MAX)
		return false;
	if (reuse && fscanf(reuse, "%u", &mode) != 1)
		mode = 0;
	out->low = (uint16_t)low;
	out->high = (uint16_t)high;
	out->reserved = (uint16_t)(reserved ? count_reserved(reserved, low, high) : 0);
	out->tw_reuse = (uint8_t)(mode <= 2 ? mode : 0);
	return true;
}

void local_ports_here(uint32_t netns, struct local_ports *out)
{
	*out = (struct local_ports) { .netns = netns };
	out->known = read_here(out);
}

void local_ports_read(const char *netns, struct local_ports *out)
{
	_cleanup_close_ int fd = netns_open(netns);
	int back;

	*out = (struct local_ports) { 0 };
	if (fd < 0 || netns_enter(fd, &back))
		return;
	local_ports_here(netns_inum(fd), out);
	netns_leave(&back);
}
