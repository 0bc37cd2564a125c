// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/record_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

#define UNNAMED	    ".tcplife-new"
#define NS_PER_S    1000000000ULL
#define DISK_BLOCK  4096ULL
#define PIECES	    32 /* about so many make up what is kept */
#define PIECE_MIN   (64ULL << 10)
#define PIECE_MAX   (4ULL << 20)
#define PIECE_MIN_S 60
#define PIECE_MAX_S 3600

static uint64_t within(uint64_t n, uint64_t least, uint64_t most)
{
	return n < least ? least : n > most ? most : n;
}

/* Small ones: reading begins at the beginning of one. */
uint64_t record_set_piece_bytes(const struct options *o)
{
	return o->rotate_bytes ?: o->keep_bytes ? within(o->keep_bytes / PIECES, PIECE_MIN, PIECE_MAX) : PIECE_MAX;
}

uint64_t record_set_piece_ns(const struct options *o)
{
	uint64_t secs = o->keep_secs ? within(o->keep_secs / PIECES, PIECE_MIN_S, PIECE_MAX_S) : PIECE_MAX_S;

	return (o->rotate_secs ?: secs) * NS_PER_S;
}

static uint64_t on_disk(uint64_t bytes)
{
	return (bytes + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
}

/* 0 or a negative errno. */
static int add_done(struct record_set *s, const struct file_set_file *f, uint64_t bytes)
{
	if (s->count == s->room && s->first) {
		s->count -= s->first;
		memmove(s->done, s->done + s->first, s->count * sizeof(*s->done));
		s->first = 0;
	}
	if (s->count == s->room) {
		size_t more = s->room ? s->room * 2 : 256;
		struct record_set_file *longer = reallocarray(s->done, more, sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		s->done = longer;
		s->room = more;
	}
	s->done[s->count++] = (struct record_set_file) { *f, bytes };
	s->done_bytes += bytes;
	return 0;
}

/* What an earlier run left. Blocks beyond the length are counted too, as of a preallocating file system. */
static int take_earlier(struct record_set *s)
{
	struct file_set earlier;
	int err = file_set_list(s->dir, &earlier);

	for (size_t i = 0; i < earlier.count && !err; i++) {
		char name[FILE_SET_NAME_SIZE];
		struct stat st;
		uint64_t blocks, bytes;

		s->now = earlier.file[i];
		file_set_name(&earlier.file[i], name);
		if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		blocks = (uint64_t)st.st_blocks * 512;
		bytes = on_disk((uint64_t)st.st_size);
		err = add_done(s, &earlier.file[i], blocks > bytes ? blocks : bytes);
	}
	file_set_free(&earlier);
	return err;
}

static int lock(const struct record_set *s)
{
	if (!flock(s->dir, LOCK_EX | LOCK_NB) || (errno != EWOULDBLOCK && errno != EINTR))
		return 0; /* a file system that has no locks */
	log_error("cannot record to %s: another tcplife-trace does", s->path);
	return -EBUSY;
}

static int open_dir(struct record_set *s)
{
	if (mkdir(s->path, 0700) && errno != EEXIST)
		return log_errno(-errno, "cannot make %s", s->path);
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return log_errno(-errno, "cannot record to %s", s->path);
	if (faccessat(s->dir, ".", W_OK | X_OK, AT_EACCESS))
		return log_errno(-errno, "cannot record to %s", s->path);
	return lock(s);
}

int record_set_open(struct record_set *s, const char *path, const struct options *o)
{
	int err;

	*s = (struct record_set) { .options = o, .path = path, .dir = -1 };
	err = open_dir(s);
	if (!err) {
		unlinkat(s->dir, UNNAMED, 0); /* of one that was killed: it had no events yet */
		err = take_earlier(s);
		if (err)
			log_errno(err, "cannot read %s", path);
	}
	if (err)
		record_set_close(s);
	return err;
}

void record_set_close(struct record_set *s)
{
	if (s->dir >= 0)
		close(s->dir);
	free(s->done);
	*s = (struct record_set) { .dir = -1 };
}

int record_set_begin(struct record_set *s, uint64_t wall_ns)
{
	int fd, err;

	if (s->now.number >= FILE_SET_NUMBER_MAX) {
		log_error("cannot record to %s: its files have come to the last number", s->path);
		return -EOVERFLOW;
	}
	s->now = (struct file_set_file) { .number = s->now.number + 1, .begin_s = wall_ns / NS_PER_S };
	/* Nobody else's: a link there is no trap. */
	fd = openat(s->dir, UNNAMED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, s->options->file_mode);
	err = -errno;
	return fd >= 0 ? fd : log_errno(err, "cannot write to %s: output is incomplete", s->path);
}

int record_set_named(struct record_set *s)
{
	char name[FILE_SET_NAME_SIZE];

	file_set_name(&s->now, name);
	if (!renameat(s->dir, UNNAMED, s->dir, name))
		return 0;
	return log_errno(-errno, "cannot name %s in %s: output is incomplete", name, s->path);
}

void record_set_end(struct record_set *s, uint64_t bytes)
{
	int err = add_done(s, &s->now, on_disk(bytes));

	if (err)
		log_errno(err, "%s: a file of it will not be removed by this run", s->path);
}

static void say_removed(struct record_set *s)
{
	if (!s->removed)
		log_notice("%s has come to what --keep says: from now on the oldest is removed", s->path);
	s->removed = true;
}

static void remove_oldest(struct record_set *s)
{
	const struct record_set_file *f = &s->done[s->first++];
	char name[FILE_SET_NAME_SIZE];

	file_set_name(&f->file, name);
	s->done_bytes -= f->bytes;
	if (!unlinkat(s->dir, name, 0))
		say_removed(s);
	else if (errno != ENOENT)
		log_errno(-errno, "cannot remove %s in %s", name, s->path);
}

/* All of the oldest is older than that: the next one had begun by then. */
static bool is_too_old(const struct record_set *s, uint64_t wall_ns)
{
	const struct file_set_file *next = s->first + 1 < s->count ? &s->done[s->first + 1].file : &s->now;

	return s->options->keep_secs && next->begin_s + s->options->keep_secs < wall_ns / NS_PER_S;
}

void record_set_trim(struct record_set *s, uint64_t bytes, uint64_t wall_ns)
{
	uint64_t most = s->options->keep_bytes;

	while (s->first < s->count && ((most && s->done_bytes + on_disk(bytes) > most) || is_too_old(s, wall_ns)))
		remove_oldest(s);
}
