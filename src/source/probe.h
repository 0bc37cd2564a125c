/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Does the running kernel accept this hook? Tried by loading and attaching a program of two instructions. */
#ifndef TCPLIFE_PROBE_H
#define TCPLIFE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

/*
 * btf: of the running kernel. section: of a BPF program: "tp_btf/x", "fentry/x", "fexit/x", "kprobe/x", "iter/x" or
 * "tracepoint/category/x". Returns 0, or a negative errno with the reason as text in why. *event: of a "tracepoint/…",
 * the perf event to attach the program to, since to close one takes the kernel 40 ms; else -1.
 */
int probe_hook(const struct btf *btf, const char *section, int *event, char *why, size_t why_size);
/* May tracing programs call bpf_get_socket_cookie() (5.12)? */
bool probe_socket_cookie(const struct btf *btf);

#endif
