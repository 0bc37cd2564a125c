/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* BPF iterators: programs that the kernel runs over each of its objects while their file is read. */
#ifndef TCPLIFE_ITERATOR_H
#define TCPLIFE_ITERATOR_H

#include <stddef.h>
#include <sys/types.h>

struct bpf_link;
struct bpf_program;
struct consumer;

/* Handles the record at the head of len bytes: returns its size, 0 if it is not whole yet, or an errno. */
typedef ssize_t (*iterator_take_fn)(void *ctx, const char *bytes, size_t len);

/* NULL and errno. Takes the rights to attach. */
struct bpf_link *iterator_attach(const struct bpf_program *program);
/* Shows the network namespace that it is opened in. A file descriptor, good for one reading, or a negative errno. Needs
 * no rights since Linux 5.19, CAP_BPF before. */
int iterator_open(const struct bpf_link *link);
/* To its end; the ring goes on being read meanwhile. Needs no rights. 0 or a negative errno. */
int iterator_read(int fd, struct consumer *consumer, iterator_take_fn take, void *ctx);

#endif
