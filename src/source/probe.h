/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Would the running kernel take this hook? Asked by really loading and attaching a program of two instructions. */
#ifndef TCPLIFE_PROBE_H
#define TCPLIFE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

/*
 * btf: of the running kernel. section: of a BPF program: "tp_btf/x", "fentry/x", "fexit/x", "kprobe/x", "iter/x"
 * or "tracepoint/category/x". Returns 0, or a negative errno with the reason in human words in why.
 */
int probe_hook(const struct btf *btf, const char *section, char *why, size_t why_size);
/* May tracing programs call bpf_get_socket_cookie() (5.12)? */
bool probe_socket_cookie(const struct btf *btf);
/* The number by which perf_event_open() knows a tracepoint; mounts tracefs privately if it must. Or a negative errno.
 */
int probe_tracepoint_id(const char *category, const char *name);
/* A perf event on that tracepoint, to attach a program to. Or a negative errno. */
int probe_tracepoint_open(const char *category, const char *name);
/* Splits "tracepoint/category/name". 0 or -EINVAL. */
int probe_tracepoint_split(const char *section, char *category, size_t size, const char **name);

#endif
