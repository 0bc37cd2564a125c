// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Recognises the format of a capture by its first bytes, reads it packet by packet, and decides which damage ends the
 * reading.
 */
#include "source/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/capture/dissect.h"
#include "lib/input.h"
#include "lib/log.h"
#include "source/decompress.h"

#define STREAM_BUFFER	   (1 << 17)
#define FILE_HEADER_SIZE   24 /* pcap's */
#define PACKET_HEADER_SIZE 16
#define SECOND_NS	   1000000000ULL
#define WALL_MAX_NS	   (INT64_MAX / 2) /* the year 2116; later ones are damage */

/* ---- what is it? ---- */

static bool is_magic(const uint8_t m[4])
{
	static const uint8_t magics[][4] = {
		{ 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 }, /* pcap, microseconds */
		{ 0xa1, 0xb2, 0x3c, 0x4d }, { 0x4d, 0x3c, 0xb2, 0xa1 }, /* nanoseconds */
		{ 0xa1, 0xb2, 0xcd, 0x34 }, { 0x34, 0xcd, 0xb2, 0xa1 }, /* Kuznetzov's patch */
		{ 0x0a, 0x0d, 0x0d, 0x0a },				/* pcapng */
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (!memcmp(m, magics[i], 4))
			return true;
	return false;
}

/* A recording is compressed by zstd itself. What does not show in so many bytes is a capture: recordings begin small.
 */
static bool is_zstd_capture(const char *name)
{
	static uint8_t packed[1 << 16];
	uint8_t magic[4];
	ssize_t n = input_peek(name, packed, sizeof(packed));
	ssize_t have = n > 0 ? decompress_peek(packed, (size_t)n, magic, sizeof(magic)) : 0;

	return have == sizeof(magic) ? is_magic(magic) : have >= 0;
}

bool capture_file_is(const char *name)
{
	uint8_t magic[DECOMPRESS_MAGIC_SIZE] = { 0 };
	ssize_t n = input_peek(name, magic, sizeof(magic));
	const char *tool = n > 0 ? decompress_tool(magic, (size_t)n) : NULL;

	if (tool)
		return strcmp(tool, "zstd") != 0 || is_zstd_capture(name);
	return n >= 4 && is_magic(magic);
}

/* ---- reading ---- */

/* What it begins with, without taking it. Returns how much that is. */
static size_t peek(const struct capture_file *f, uint8_t *head, size_t len)
{
	ssize_t n = f->is_file ? pread(f->fd, head, len, f->start) : input_peek_pipe(f->fd, head, len);

	return n < 0 ? 0 : (size_t)n;
}

static int look_at(struct capture_file *f)
{
	struct stat st;

	if (fstat(f->fd, &st))
		return log_errno(-errno, "cannot read %s", f->name);
	if (S_ISDIR(st.st_mode))
		return log_errno(-EISDIR, "cannot read %s", f->name);
	f->is_file = S_ISREG(st.st_mode);
	f->is_pipe = !f->is_file;
	f->size = f->is_file ? (uint64_t)st.st_size : 0;
	f->start = f->is_file ? lseek(f->fd, 0, SEEK_CUR) : 0;
	return 0;
}

/* From here on its descriptor is that of what is in it. */
static int unpack(struct capture_file *f, const char *tool)
{
	int fd = decompress_start(f->name, tool, f->fd, &f->unpacker);

	if (fd < 0)
		return fd;
	f->packed_fd = f->fd;
	f->fd = fd;
	f->is_file = false;
	return 0;
}

static int open_stream(struct capture_file *f)
{
	f->stream = fdopen(f->fd, "rb");
	if (!f->stream)
		return log_errno(-errno, "cannot read %s", f->name);
	/* No more is read from a pipe than asked for: poll() does not report what is left in a buffer. */
	setvbuf(f->stream, NULL, f->is_pipe ? _IONBF : _IOFBF, f->is_pipe ? 0 : STREAM_BUFFER);
	return 0;
}

static int refuse(const struct capture_file *f, size_t have, const char *why)
{
	if (have == 4 && is_magic((const uint8_t *)&f->magic) && f->is_file && f->size - f->start < FILE_HEADER_SIZE)
		log_error("%s is damaged at byte %llu: it ends in the middle of the file header", f->name,
			  (unsigned long long)f->size);
	else
		log_error("%s cannot be read as a capture: %s", f->name, why);
	return -EBADMSG;
}

static int open_pcap(struct capture_file *f, size_t have)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	const char *link;

	f->pcap = pcap_fopen_offline_with_tstamp_precision(f->stream, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!f->pcap)
		return refuse(f, have, why);
	f->dlt = pcap_datalink(f->pcap);
	if (dissect_link_known(f->dlt))
		return f->filters.text && !capture_filter_for(&f->filters, f->name, f->dlt) ? -EINVAL : 0;
	link = pcap_datalink_val_to_name(f->dlt);
	log_error("%s holds packets of link type %s (%d), which is not supported", f->name, link ?: "?", f->dlt);
	return -EPROTONOSUPPORT;
}

/* f->fd is open. */
static int open_descriptor(struct capture_file *f)
{
	uint8_t head[DECOMPRESS_MAGIC_SIZE] = { 0 };
	const char *tool;
	size_t have;
	int err = look_at(f);

	if (err)
		return err;
	have = peek(f, head, sizeof(head));
	tool = decompress_tool(head, have);
	if (tool) {
		err = unpack(f, tool);
		have = err ? 0 : peek(f, head, sizeof(head));
	}
	err = err ?: open_stream(f);
	if (err || (have >= 4 && pcapng_is_section(head)))
		return err;
	memcpy(&f->magic, head, sizeof(f->magic));
	return open_pcap(f, have < 4 ? have : 4);
}

int capture_file_open(struct capture_file *f, const char *name, const char *filter)
{
	bool is_stdin = !strcmp(name, "-");
	int err;

	*f = (struct capture_file) {
		.name = is_stdin ? "standard input" : name, .fd = -1, .packed_fd = -1, .filters.text = filter
	};
	f->fd = is_stdin ? dup(STDIN_FILENO) : input_open(name);
	if (f->fd < 0)
		err = log_errno(is_stdin ? -errno : f->fd, "cannot read %s", f->name);
	else
		err = open_descriptor(f);
	if (err)
		capture_file_close(f);
	return err;
}

int capture_file_open_again(struct capture_file *again, const struct capture_file *f)
{
	char name[32];
	int err;

	if (f->is_pipe)
		return -ESPIPE;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", f->packed_fd < 0 ? f->fd : f->packed_fd);
	*again = (struct capture_file) {
		.name = f->name, .fd = -1, .packed_fd = -1, .filters.text = f->filters.text, .quiet = true
	};
	again->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (again->fd < 0)
		return -errno;
	err = lseek(again->fd, f->start, SEEK_SET) < 0 ? -errno : open_descriptor(again);
	if (err)
		capture_file_close(again);
	return err;
}

void capture_file_close(struct capture_file *f)
{
	capture_filters_free(&f->filters);
	pcapng_free(&f->pcapng);
	free(f->block);
	if (f->pcap)
		pcap_close(f->pcap); /* closes the stream */
	else if (f->stream)
		fclose(f->stream);
	else if (f->fd >= 0)
		close(f->fd);
	if (f->packed_fd >= 0)
		close(f->packed_fd);
	decompress_end(&f->unpacker);
	*f = (struct capture_file) { .fd = -1, .packed_fd = -1 };
}

uint64_t capture_file_offset(const struct capture_file *f)
{
	off_t at = f->is_file ? ftello(f->stream) : f->packed_fd >= 0 ? lseek(f->packed_fd, 0, SEEK_CUR) : -1;

	return at < 0 ? 0 : (uint64_t)at;
}

static int damaged(const struct capture_file *f, const char *why)
{
	if (f->quiet)
		return -EBADMSG;
	if (f->is_file)
		log_error("%s is damaged at byte %llu, after packet %llu: %s", f->name,
			  (unsigned long long)capture_file_offset(f), (unsigned long long)f->packets, why);
	else
		log_error("%s is damaged after packet %llu: %s", f->name, (unsigned long long)f->packets, why);
	return -EBADMSG;
}

/* 1 = all of it, 0 = the end of the file and nothing of it, negative = only a part. */
static int read_bytes(struct capture_file *f, void *buf, size_t len)
{
	size_t n = fread(buf, 1, len, f->stream);

	if (n == len)
		return 1;
	if (ferror(f->stream))
		return log_errno(-errno, "cannot read %s", f->name);
	return n ? damaged(f, "it ends in the middle of a block") : 0;
}

static int read_rest(struct capture_file *f, void *buf, size_t len)
{
	int got = read_bytes(f, buf, len);

	return got ? got : damaged(f, "it ends in the middle of a block");
}

/* Makes room for a whole block, of which head is there. */
static int read_block(struct capture_file *f, const uint8_t *head, uint32_t have, uint32_t size)
{
	if (size > f->block_size) {
		uint8_t *block = realloc(f->block, size);

		if (!block)
			return log_errno(-ENOMEM, "cannot read %s", f->name);
		f->block = block;
		f->block_size = size;
	}
	memcpy(f->block, head, have);
	return size > have ? read_rest(f, f->block + have, size - have) : 1;
}

static int next_block(struct capture_file *f, struct pcapng_packet *packet)
{
	uint8_t head[PCAPNG_SECTION_PEEK];
	uint32_t size, have = PCAPNG_HEADER_SIZE;
	const char *why = "";
	int got = read_bytes(f, head, PCAPNG_HEADER_SIZE);

	if (got == 1 && pcapng_is_section(head)) {
		have = PCAPNG_SECTION_PEEK;
		got = read_rest(f, head + PCAPNG_HEADER_SIZE, have - PCAPNG_HEADER_SIZE);
	}
	if (got != 1)
		return got;
	size = pcapng_block_size(&f->pcapng, head);
	if (!size)
		return damaged(f, "a block whose length cannot be");
	got = read_block(f, head, have, size);
	if (got != 1)
		return got;
	got = pcapng_block(&f->pcapng, f->block, size, packet, &why);
	return got < 0 ? damaged(f, why) : got == 1 ? 1 : -EAGAIN;
}

static int next_of_pcapng(struct capture_file *f)
{
	struct pcapng_packet p;
	int got;

	while ((got = next_block(f, &p)) == -EAGAIN)
		;
	if (got != 1)
		return got;
	f->dlt = p.link;
	f->interface = p.interface;
	f->wall_ns = p.wall_ns;
	f->cap = p.cap;
	f->len = p.len;
	f->bytes = p.bytes;
	return 1;
}

/* Captures that were written one behind the other: the second one's file header looks like a packet's. */
static bool is_file_header(const struct pcap_pkthdr *h)
{
	uint32_t magic = (uint32_t)h->ts.tv_sec;

	return h->caplen == 0 && h->len == 0 && is_magic((const uint8_t *)&magic);
}

/* Behind the 16 bytes of it that were taken for a packet's. */
static int pass_file_header(struct capture_file *f, uint32_t magic)
{
	uint32_t rest[2]; /* snap length, link type */
	int got;

	if (magic != (pcap_is_swapped(f->pcap) ? __builtin_bswap32(f->magic) : f->magic))
		return damaged(f, "another capture follows, of another byte order or clock");
	got = read_rest(f, rest, sizeof(rest));

	if (got != 1)
		return got;
	f->dlt = (int)((pcap_is_swapped(f->pcap) ? __builtin_bswap32(rest[1]) : rest[1]) & 0xffff);
	return 1;
}

static int next_of_pcap(struct capture_file *f)
{
	struct pcap_pkthdr *header;
	int got = pcap_next_ex(f->pcap, &header, &f->bytes), passed = 1;

	while (got == 1 && passed == 1 && is_file_header(header)) {
		passed = pass_file_header(f, (uint32_t)header->ts.tv_sec);
		got = passed == 1 ? pcap_next_ex(f->pcap, &header, &f->bytes) : got;
	}
	if (passed != 1)
		return passed;
	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1)
		return damaged(f, pcap_geterr(f->pcap));
	/* The file's 32 bits have no sign: it is 2038 or later. With this precision tv_usec holds nanoseconds. */
	f->wall_ns = (uint64_t)(uint32_t)header->ts.tv_sec * SECOND_NS + (uint64_t)header->ts.tv_usec;
	f->cap = header->caplen;
	f->len = header->len;
	return 1;
}

/* 1, 0, or negative if the filter cannot be used on packets like this one. */
static int is_wanted(struct capture_file *f)
{
	struct pcap_pkthdr header = { .caplen = f->cap, .len = f->len };
	const struct bpf_program *program;

	if (!f->filters.text)
		return 1;
	program = capture_filter_for(&f->filters, f->name, f->dlt);
	return program ? pcap_offline_filter(program, &header, f->bytes) != 0 : -EINVAL;
}

/* No packet came: was that the end? */
static int at_end(struct capture_file *f, int got)
{
	int err = got == 0 ? decompress_end(&f->unpacker) : 0;

	return err ? damaged(f, "it cannot be decompressed any further") : got;
}

int capture_file_next(struct capture_file *f)
{
	int got, wanted;

	do {
		got = f->pcap ? next_of_pcap(f) : next_of_pcapng(f);
		if (got != 1)
			return at_end(f, got);
		f->packets++;
		f->taken += f->cap + PACKET_HEADER_SIZE;
		if (f->wall_ns > WALL_MAX_NS)
			return damaged(f, "a time stamp that cannot be");
		wanted = is_wanted(f);
		f->filtered += wanted == 0;
	} while (!wanted);
	return wanted;
}
