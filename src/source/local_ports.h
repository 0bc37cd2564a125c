/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The settings that say which local ports connect() may choose. */
#ifndef TCPLIFE_LOCAL_PORTS_H
#define TCPLIFE_LOCAL_PORTS_H

#include "core/forecast.h"

/* Reads them in a network namespace (as netns_open() takes it). !out->known if they cannot be read. */
void local_ports_read(const char *netns, struct local_ports *out);
/* The same, of the one in which the calling thread is. netns: its inode number. */
void local_ports_here(uint32_t netns, struct local_ports *out);

#endif
