/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The file of a recording: a header, then the very records that the ring delivered, each with its own size. On buffers.
 */
#ifndef TCPLIFE_RECORDING_H
#define TCPLIFE_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "core/forecast.h"

#define RECORDING_MAGIC	       "TCPLIFE\n"
#define RECORDING_VERSION      1
#define RECORDING_MIN_READABLE 1
#define RECORDING_ENDIAN       0x0a0b0c0d
#define RECORDING_MAX_HEADER   4096 /* of later versions */

#define RECORDING_HAS_PORTS (1 << 0)

/* 128 bytes at the start of the file. */
struct recording_header {
	char magic[8];
	uint32_t endian; /* RECORDING_ENDIAN as the writer's host stores it */
	uint16_t version;
	uint16_t min_readable; /* the oldest reader's version that can read this */
	uint32_t header_size;
	uint32_t features; /* RECORDING_HAS_* */
	uint64_t wall_ns;  /* CLOCK_REALTIME when it was begun */
	uint64_t ts_ns;	   /* CLOCK_MONOTONIC at that moment */
	char kernel[40];   /* uname -r */
	char host[40];
	/* with RECORDING_HAS_PORTS: struct local_ports of the network namespace that was watched */
	uint16_t port_low, port_high, ports_reserved;
	uint8_t tw_reuse;
	uint8_t pad;
};

/* Fills a header for this host's byte order. kernel and host may be NULL. */
void recording_header_init(struct recording_header *h, uint64_t wall_ns, uint64_t ts_ns, const char *kernel,
			   const char *host);
void recording_header_set_ports(struct recording_header *h, const struct local_ports *ports);
/* !out->known if it has none. */
void recording_header_ports(const struct recording_header *h, struct local_ports *out);
/* 0; -EINVAL not a recording, -EPROTO other byte order, -EPROTONOSUPPORT too new, -EAGAIN fewer than header_size bytes.
 */
int recording_header_check(const void *buf, size_t len, struct recording_header *out);

#endif
