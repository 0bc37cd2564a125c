/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A recording: a header, then the very records that the ring delivered, each with its own size. Another header may
 * follow, of a piece that was put behind the first. As a file it is these bytes as they are, or, as zstd frames, each
 * of whole records. On buffers.
 */
#ifndef TCPLIFE_RECORDING_H
#define TCPLIFE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/forecast.h"

#define RECORDING_MAGIC	  "TCPLIFE\n"
#define RECORDING_VERSION 2 /* 1 had no hooks, and 128 bytes of header */
#define RECORDING_MIN_READABLE                                                                                         \
	1 /* records are those of version 1, and a reader skips what it does not know of the header */
#define RECORDING_ENDIAN     0x0a0b0c0d
#define RECORDING_MAX_HEADER 4096 /* of later versions */
#define RECORDING_HOOKS_SIZE 384

/* struct recording_header.features */
#define RECORDING_HAS_PORTS (1U << 0) /* .port_low to .tw_reuse */
#define RECORDING_HAS_HOOKS (1U << 1) /* .hooks is filled in */
#define RECORDING_CONTINUES                                                                                            \
	(1U << 2) /* a later piece: what lived when it began has its beginning in the piece before */

#define RECORDING_OF_CAPTURE (1U << 3) /* made of a capture, not of a kernel's events */

/* 512 bytes at the start; the first 128 are version 1's. */
struct recording_header {
	char magic[8];
	uint32_t endian; /* RECORDING_ENDIAN as the writer's host stores it */
	uint16_t version;
	uint16_t min_readable; /* the oldest reader's version that can read this */
	uint32_t header_size;
	uint32_t features; /* RECORDING_*; a reader may ignore those that it does not know */
	uint64_t wall_ns;  /* CLOCK_REALTIME at a moment near the beginning */
	uint64_t ts_ns;	   /* CLOCK_MONOTONIC at that moment */
	char kernel[40];   /* uname -r */
	char host[40];
	/* with RECORDING_HAS_PORTS: struct local_ports of the network namespace that was watched */
	uint16_t port_low, port_high, ports_reserved;
	uint8_t tw_reuse;
	uint8_t pad;
	char hooks[RECORDING_HOOKS_SIZE]; /* the kernel hooks in use, with a space between them */
};

/* Of whom a recording tells; NULL = not known. What is too long is cut. */
struct recording_origin {
	const char *kernel, *host, *hooks;
};

/* Fills a header for this host's byte order. */
void recording_header_init(struct recording_header *h, uint64_t wall_ns, uint64_t ts_ns,
			   const struct recording_origin *origin);
void recording_header_set_ports(struct recording_header *h, const struct local_ports *ports);
/* !out->known if it has none. */
void recording_header_ports(const struct recording_header *h, struct local_ports *out);
/* 0; -EINVAL not a recording, -EPROTO other byte order, -EPROTONOSUPPORT too new, -EAGAIN fewer than header_size bytes.
 */
int recording_header_check(const void *buf, size_t len, struct recording_header *out);

/* What stands behind a header. */
enum recording_item {
	RECORDING_MORE,	  /* cannot be told from so few bytes */
	RECORDING_RECORD, /* a record, whole; its fields are for the decoder to judge */
	RECORDING_HEADER, /* another piece begins */
	RECORDING_DAMAGED,
};

/* buf: aligned to 8. *size: bytes of the item, where it is a record or a header. */
enum recording_item recording_next(const void *buf, size_t len, size_t *size);

#endif
