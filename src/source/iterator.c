// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/iterator.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "source/consumer.h"

/* What the kernel gathers at most in one read() of an iterator (bpf_seq_read(), since 5.10). */
#define CHUNK_BYTES (32 << 10)

struct bpf_link *iterator_attach(const struct bpf_program *program)
{
	return bpf_program__attach_iter(program, NULL);
}

int iterator_open(const struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link));

	return fd < 0 ? -errno : fd;
}

static ssize_t take_all(iterator_take_fn take, void *ctx, char *bytes, size_t *used)
{
	size_t at = 0;
	ssize_t n = 0;

	while (at < *used && (n = take(ctx, bytes + at, *used - at)) > 0)
		at += n;
	memmove(bytes, bytes + at, *used - at);
	*used -= at;
	return n < 0 ? n : 0;
}

int iterator_read(int fd, struct consumer *consumer, iterator_take_fn take, void *ctx)
{
	static char bytes[2 * CHUNK_BYTES] __attribute__((aligned(8)));
	size_t used = 0;

	for (;;) {
		ssize_t n, err;

		/* The hooks go on meanwhile: their records must not find the ring full. */
		consumer_read_on(consumer);
		n = read(fd, bytes + used, sizeof(bytes) - used);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue; /* EAGAIN: a million sockets in a row were not wanted */
		if (n <= 0)
			return n ? -errno : 0;
		used += n;
		err = take_all(take, ctx, bytes, &used);
		if (err)
			return err;
	}
}
