/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One capture file, packet by packet: pcap through libpcap, pcapng by our own reader. */
#ifndef TCPLIFE_CAPTURE_FILE_H
#define TCPLIFE_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "core/capture/pcapng.h"
#include "source/capture_filter.h"

struct pcap;

struct capture_file {
	const char *name;
	FILE *stream;
	struct pcap *pcap; /* NULL if it is pcapng */
	struct pcapng pcapng;
	uint8_t *block; /* pcapng's */
	size_t block_size;
	struct capture_filters filters;
	int fd;
	bool is_file;	   /* has a size */
	bool is_pipe;	   /* is to be waited for */
	int packed_fd;	   /* of the file itself, if it is compressed; else -1 */
	pid_t unpacker;	   /* 0 = none runs */
	uint32_t magic;	   /* of pcap, as it stands there */
	uint64_t taken;	   /* bytes of packets that were read */
	bool quiet;	   /* damage is not said */
	off_t start;	   /* if is_file: where it begins */
	uint64_t size;	   /* if is_file */
	uint64_t packets;  /* read, the filtered ones too */
	uint64_t filtered; /* of these, not wanted */

	/* the packet that was read last, valid until the next is */
	int dlt;
	uint32_t interface; /* of pcapng: number */
	uint64_t wall_ns;
	uint32_t cap, len;
	const uint8_t *bytes;
};

/*
 * Does the file begin like a capture? false if it cannot be opened or read. Nothing of standard input ("-") is lost by
 * this.
 */
bool capture_file_is(const char *name);

/* filter may be NULL. 0, or a negative errno after a message. */
int capture_file_open(struct capture_file *f, const char *name, const char *filter);
/* The same from its beginning, without a word of damage, and independent of f. 0, or a negative errno where that cannot
 * be: a pipe. */
int capture_file_open_again(struct capture_file *again, const struct capture_file *f);
void capture_file_close(struct capture_file *f);
/*
 * 1 = there is a packet, 0 = the end, negative = it cannot be read any further, after a message that says where and
 * why.
 */
int capture_file_next(struct capture_file *f);
/* Bytes of the file that have been read; 0 if that is not known. */
uint64_t capture_file_offset(const struct capture_file *f);

#endif
