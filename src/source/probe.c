// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Tries a hook on the running kernel with a program of two instructions, and turns a refusal into a reason that a
 * person can act on.
 */
#include "source/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "privilege.h"

#define INSN(c, d, s, o, i) ((struct bpf_insn) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define RETURN_0	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static int refuse(int err, char *why, size_t size, const char *format, ...) __attribute__((format(printf, 4, 5)));

static int refuse(int err, char *why, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return err;
}

static bool locked_down(void)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char line[128] = "";

	return f && fgets(line, sizeof(line), f) && !strstr(line, "[none]");
}

static int refuse_errno(int err, char *why, size_t size, const char *what)
{
	if (err == -EPERM && locked_down())
		return refuse(err, why, size, "EPERM: %s refused by kernel lockdown", what);
	if (err == -EPERM)
		return refuse(err, why, size, "EPERM: %s refused by the kernel's configuration or a security module",
			      what);
	return refuse(err, why, size, "%s: %s", what, strerror(-err));
}

static int load(enum bpf_prog_type type, int attach_type, int btf_id, const struct bpf_insn *insns, size_t count)
{
	struct bpf_prog_load_opts opts = {
		.sz = sizeof(opts),
		.expected_attach_type = attach_type,
		.attach_btf_id = btf_id,
	};
	int fd = bpf_prog_load(type, NULL, "GPL", insns, count, &opts);

	return fd < 0 ? -errno : fd;
}

static int load_return_0(enum bpf_prog_type type, int attach_type, int btf_id)
{
	const struct bpf_insn insns[] = { RETURN_0 };

	return load(type, attach_type, btf_id, insns, 2);
}

static int tracepoint_btf_id(const struct btf *btf, const char *name)
{
	char typedef_name[128];

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
}

static int probe_tp_btf(const struct btf *btf, const char *name, char *why, size_t size)
{
	_cleanup_close_ int fd = -1;
	int id = tracepoint_btf_id(btf, name);

	if (id < 0)
		return refuse(-ENOENT, why, size, "this kernel has no tracepoint %s", name);
	fd = load_return_0(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id);
	return fd < 0 ? refuse_errno(fd, why, size, "loading") : 0;
}

static int probe_function(const struct btf *btf, const char *name, int attach_type, char *why, size_t size)
{
	_cleanup_close_ int fd = -1, link = -1;
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	if (id < 0)
		return refuse(-ENOENT, why, size, "function %s not in BTF (inlined, or of another kernel version)",
			      name);
	fd = load_return_0(BPF_PROG_TYPE_TRACING, attach_type, id);
	if (fd < 0)
		return refuse_errno(fd, why, size, "loading");
	link = bpf_raw_tracepoint_open(NULL, fd);
	return link < 0 ? refuse_errno(-errno, why, size, "attaching") : 0;
}

static int probe_iterator(const struct btf *btf, const char *name, char *why, size_t size)
{
	_cleanup_close_ int fd = -1, link = -1;
	char function[64];
	int id;

	snprintf(function, sizeof(function), "bpf_iter_%s", name);
	id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	if (id < 0)
		return refuse(-ENOENT, why, size, "this kernel has no iterator %s (it came with 5.9)", name);
	fd = load_return_0(BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, id);
	if (fd < 0)
		return refuse_errno(fd, why, size, "loading");
	link = bpf_link_create(fd, 0, BPF_TRACE_ITER, NULL);
	return link < 0 ? refuse_errno(link, why, size, "attaching") : 0;
}

/* Debian's and Ubuntu's kernels have a level above the mainline's 2, and start with it. */
static bool perf_is_for_root(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level;

	return f && fscanf(f, "%d", &level) == 1 && level > 2;
}

static bool is_refused(int err)
{
	return err == -EPERM || err == -EACCES;
}

static int perf_event_open(struct perf_event_attr *attr)
{
	int fd = syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int kprobe_pmu_type(void)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int type;

	return f && fscanf(f, "%d", &type) == 1 ? type : -ENOENT;
}

static int probe_kprobe(const char *name, char *why, size_t size)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .config1 = (uintptr_t)name };
	_cleanup_close_ int event = -1, fd = -1;
	int type = kprobe_pmu_type();

	if (type < 0)
		return refuse(type, why, size, "kprobes are not built into this kernel");
	attr.type = type;
	fd = load_return_0(BPF_PROG_TYPE_KPROBE, 0, 0);
	if (fd < 0)
		return refuse_errno(fd, why, size, "loading");
	event = perf_event_open(&attr);
	if (event == -ENOENT || event == -EADDRNOTAVAIL)
		return refuse(event, why, size, "this kernel has no function %s (inlined?)", name);
	if (is_refused(event) && perf_is_for_root())
		return refuse(event, why, size, "kernel.perf_event_paranoid is above 2: takes CAP_SYS_ADMIN");
	return event < 0 ? refuse_errno(event, why, size, "attaching") : 0;
}

/* hook: "category/name" */
static int read_tracepoint_id(int tracefs, const char *hook)
{
	_cleanup_close_ int fd = -1;
	char path[256], text[16];
	ssize_t len;

	snprintf(path, sizeof(path), "events/%s/id", hook);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return len ? -errno : -EIO;
	text[len] = '\0';
	return atoi(text);
}

/* tracefs where nobody has mounted it, or only in another mount namespace (ip netns exec): it is mounted nowhere. */
static int open_unmounted_tracefs(void)
{
	_cleanup_close_ int fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* The number by which perf_event_open() knows a tracepoint. */
static int tracepoint_id(const char *hook)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	_cleanup_close_ int unmounted = -1;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		_cleanup_close_ int tracefs = open(places[i], O_PATH | O_CLOEXEC);
		int id = tracefs < 0 ? -errno : read_tracepoint_id(tracefs, hook);

		if (id >= 0)
			return id;
	}
	unmounted = open_unmounted_tracefs();
	return unmounted < 0 ? unmounted : read_tracepoint_id(unmounted, hook);
}

/* tracefs is root's. */
static int tracepoint_id_as_root(const char *hook)
{
	int id;

	privilege_read_all(true);
	id = tracepoint_id(hook);
	privilege_read_all(false);
	return id;
}

static int probe_classic(const char *hook, int *event, char *why, size_t size)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	int id = tracepoint_id_as_root(hook);

	attr.config = id;
	*event = id < 0 ? id : perf_event_open(&attr);
	if (*event == -ENOENT)
		return refuse(*event, why, size, "this kernel has no tracepoint %s", hook);
	if (is_refused(id))
		return refuse(id, why, size, "tracefs takes root to read, and CAP_SYS_ADMIN to mount");
	if (is_refused(*event) && perf_is_for_root())
		return refuse(*event, why, size, "kernel.perf_event_paranoid is above 2: takes CAP_SYS_ADMIN");
	return *event < 0 ? refuse_errno(*event, why, size, "tracefs") : 0;
}

int probe_hook(const struct btf *btf, const char *section, int *event, char *why, size_t why_size)
{
	const char *name = strchr(section, '/');

	*event = -1;
	if (!name++)
		return refuse(-EINVAL, why, why_size, "bad section %s", section);
	if (!strncmp(section, "tp_btf/", 7))
		return probe_tp_btf(btf, name, why, why_size);
	if (!strncmp(section, "fentry/", 7))
		return probe_function(btf, name, BPF_TRACE_FENTRY, why, why_size);
	if (!strncmp(section, "fexit/", 6))
		return probe_function(btf, name, BPF_TRACE_FEXIT, why, why_size);
	if (!strncmp(section, "kprobe/", 7))
		return probe_kprobe(name, why, why_size);
	if (!strncmp(section, "iter/", 5))
		return probe_iterator(btf, name, why, why_size);
	return probe_classic(name, event, why, why_size);
}

bool probe_socket_cookie(const struct btf *btf)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_1, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_socket_cookie),
		RETURN_0,
	};
	_cleanup_close_ int fd = -1;
	int id = tracepoint_btf_id(btf, "inet_sock_set_state");

	if (id < 0)
		return false;
	fd = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id, insns, sizeof(insns) / sizeof(insns[0]));
	return fd >= 0;
}
