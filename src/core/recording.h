/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A recording: a header, then the very records that the ring delivered, each with its own size. Another header may
 * follow, of a piece that was put behind the first. As a file it is these bytes as they are, or, as zstd frames, each
 * of whole records. On buffers.
 *
 * It is read for ever. The header says how long the parts of its records are; what a later program made longer, or
 * added as an optional block, is filled in or left out (recording_lift.h). So a field goes behind the last one of its
 * struct (or into its padding, which is 0), a kind and a block go last in their lists, and nothing changes its place.
 */
#ifndef TCPLIFE_RECORDING_H
#define TCPLIFE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/forecast.h"

#define RECORDING_MAGIC "TCPLIFE\n"
/* 1: 128 bytes of header. 2: 512, with the hooks. 3: 656, with the sizes of the records' parts. */
#define RECORDING_VERSION 3
/* The first version whose readers go by the sizes in the header; those before know the first sizes alone. */
#define RECORDING_SIZED	     3
#define RECORDING_ENDIAN     0x0a0b0c0d
#define RECORDING_MAX_HEADER 4096 /* of later versions */
#define RECORDING_HOOKS_SIZE 384
#define RECORDING_KINDS	     64 /* room for so many kinds of events */
#define RECORDING_BLOCKS     8	/* bits of struct event.flags */

/* struct recording_header.features */
/* .port_low to .tw_reuse are filled in */
#define RECORDING_HAS_PORTS (1U << 0)
/* .hooks is filled in */
#define RECORDING_HAS_HOOKS (1U << 1)
/* a later piece: connections open at its start began in the piece before */
#define RECORDING_CONTINUES (1U << 2)
/* made of a capture, not of a kernel's events */
#define RECORDING_OF_CAPTURE (1U << 3)
/* .sizes is filled in */
#define RECORDING_HAS_SIZES (1U << 4)
/*
 * A piece of a set: until a clock record with EVENT_CARRIED its records repeat what is open (core/table/conn_carry.h).
 * wall_ns and ts_ns are those of the last clock record before; where that is the last one of the piece before, nothing
 * is missing between them.
 */
#define RECORDING_CARRIES (1U << 5)

/* Bytes of the parts of a record. */
struct recording_sizes {
	/* the fixed part, by enum event_kind; 0 = the writer knows no such kind */
	uint16_t kind[RECORDING_KINDS];
	/* an optional block, by its bit in struct event.flags; 0 = it knows no such block */
	uint16_t block[RECORDING_BLOCKS];
};

/* A later version may be longer: a reader fills up what is not there with 0, and skips what it does not know. */
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
	/* version 2 */
	char hooks[RECORDING_HOOKS_SIZE]; /* the kernel hooks in use, with a space between them */
	/* version 3 */
	struct recording_sizes sizes;
};

/* The host that a recording is about; NULL = not known. What is too long is cut. */
struct recording_origin {
	const char *kernel, *host, *hooks;
};

/* Fills a header for this host's byte order. */
void recording_header_init(struct recording_header *h, uint64_t wall_ns, uint64_t ts_ns,
			   const struct recording_origin *origin);
/* The sizes that this program writes. */
void recording_sizes_now(struct recording_sizes *out);
void recording_header_set_ports(struct recording_header *h, const struct local_ports *ports);
/* !out->known if it has none. */
void recording_header_ports(const struct recording_header *h, struct local_ports *out);
/* The sizes of its records' parts: the header's, or those that its version had. */
void recording_header_sizes(const struct recording_header *h, struct recording_sizes *out);
/* 0; -EINVAL not a recording, -EPROTO other byte order, -EPROTONOSUPPORT too new, -EAGAIN fewer than header_size bytes.
 */
int recording_header_check(const void *buf, size_t len, struct recording_header *out);

/* What follows a header. */
enum recording_item {
	RECORDING_MORE,	  /* more bytes are needed */
	RECORDING_RECORD, /* a record, whole; its fields are for the decoder to judge */
	RECORDING_HEADER, /* another piece begins */
	RECORDING_DAMAGED,
};

/* buf: aligned to 8. *size: bytes of the item, where it is a record or a header. */
enum recording_item recording_next(const void *buf, size_t len, size_t *size);

#endif
