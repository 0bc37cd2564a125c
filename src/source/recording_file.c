// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides by the first bytes whether a recording is compressed, and gives out plain bytes either way. */
#include "source/recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/input.h"
#include "lib/zframe.h"

#define RAW_SIZE (256 * 1024)

struct recording_file {
	int fd;
	bool sniffed;		 /* it is known whether it is compressed */
	bool full;		 /* the last read filled all room: more may be waiting in the reader */
	struct zframe_reader *z; /* NULL = plain */
	size_t begin, end;	 /* of what was read and not handed out */
	uint8_t raw[RAW_SIZE];
};

/* fd: a descriptor, which becomes its own, or a negative errno. */
static int take(int fd, struct recording_file **out)
{
	struct recording_file *f = fd < 0 ? NULL : calloc(1, sizeof(*f));

	if (fd < 0)
		return fd;
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	f->fd = fd;
	*out = f;
	return 0;
}

int recording_file_open(const char *path, struct recording_file **out)
{
	return take(input_open(path), out);
}

int recording_file_open_at(int dir, const char *name, struct recording_file **out)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return take(fd < 0 ? -errno : fd, out);
}

void recording_file_close(struct recording_file **f)
{
	if (!*f)
		return;
	if ((*f)->fd > STDIN_FILENO)
		close((*f)->fd);
	zframe_reader_free(&(*f)->z);
	free(*f);
	*f = NULL;
}

int recording_file_fd(const struct recording_file *f)
{
	return f->fd;
}

static ssize_t read_raw(int fd, void *to, size_t room)
{
	ssize_t n;

	do {
		n = read(fd, to, room);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Fills raw[]. 1, 0 at the end, or a negative errno. */
static ssize_t refill(struct recording_file *f)
{
	ssize_t n;

	memmove(f->raw, f->raw + f->begin, f->end - f->begin);
	f->end -= f->begin;
	f->begin = 0;
	n = read_raw(f->fd, f->raw + f->end, RAW_SIZE - f->end);
	if (n <= 0)
		return n;
	f->end += n;
	return 1;
}

/* By the first bytes. 0, -EAGAIN while there are too few, or a negative errno. */
static int sniff(struct recording_file *f)
{
	ssize_t n = refill(f);

	if (n < 0)
		return n;
	if (n > 0 && f->end < ZFRAME_MAGIC_SIZE)
		return -EAGAIN;
	f->sniffed = true;
	return f->end >= ZFRAME_MAGIC_SIZE && zframe_is_magic(f->raw) ? zframe_reader_new(&f->z) : 0;
}

static ssize_t read_plain(struct recording_file *f, char *to, size_t room)
{
	size_t n = f->end - f->begin < room ? f->end - f->begin : room;

	if (!n)
		return read_raw(f->fd, to, room);
	memcpy(to, f->raw + f->begin, n);
	f->begin += n;
	return (ssize_t)n;
}

static ssize_t read_frames(struct recording_file *f, char *to, size_t room)
{
	ssize_t n;

	if (!f->full && f->begin == f->end) {
		n = refill(f);
		if (n <= 0)
			return n;
	}
	n = zframe_read(f->z, f->raw, f->end, &f->begin, to, room);
	f->full = n > 0 && (size_t)n == room;
	return n ? n : -EAGAIN;
}

ssize_t recording_file_read(struct recording_file *f, char *to, size_t room)
{
	int err = f->sniffed ? 0 : sniff(f);

	if (err)
		return err;
	return f->z ? read_frames(f, to, room) : read_plain(f, to, room);
}

bool recording_file_has_more(const struct recording_file *f)
{
	return f->full || f->begin < f->end;
}

bool recording_file_is_cut(const struct recording_file *f)
{
	return f->z && zframe_reader_is_inside(f->z);
}
