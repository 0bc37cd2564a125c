// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Loads and attaches the BPF programs of the rungs in use. When the verifier refuses one, finds which, gives its rung
 * up and loads again with the next.
 */
#include "source/hooks.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "source/interfaces.h"
#include "source/kernel.h"
#include "source/ladder.h"
#include "source/probe.h"
#include "source/symbols.h"
#include "tcplife.skel.h"

#define MAX_LINKS   24
#define LOG_SIZE    (2 << 20) /* of the verifier, for each program; before 6.4 a longer one hides the error */
#define WAKEUP_PART 8	      /* the consumer is woken when this part of the ring is filled */

struct hooks {
	struct tcplife *skel;
	struct ladder *ladder;
	struct symbols *symbols;
	struct bpf_link *link[MAX_LINKS];
	int link_count;
};

static int libbpf_log(enum libbpf_print_level level, const char *format, va_list args)
{
	return log_verbosity >= 2 ? vfprintf(stderr, format, args) : 0;
}

/* Without CAP_SYS_ADMIN the finer ones of 5.8 will do. */
static int check_privilege(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	uint64_t have, fine = 1ULL << CAP_BPF | 1ULL << CAP_PERFMON | 1ULL << CAP_NET_ADMIN;

	if (syscall(SYS_capget, &header, data))
		return log_errno(-errno, "cannot read the capabilities of this process");
	have = data[0].effective | (uint64_t)data[1].effective << 32;
	if (have & 1ULL << CAP_SYS_ADMIN || (have & fine) == fine)
		return 0;
	log_error("no permission to trace the kernel: run with sudo, or give the program "
		  "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYSLOG");
	return -EPERM;
}

static int configure(struct hooks *h, const struct options *o)
{
	struct bpf_config *c = &h->skel->rodata->knobs;
	int err = 0;

	c->filter = o->filter;
	c->wakeup_bytes = o->buffer_bytes / WAKEUP_PART;
	c->detail_bytes = o->buffer_bytes / 4 * 3;
	c->use_cookie = ladder_has_cookie(h->ladder);
	c->names = o->names;
	c->tick_ns = kernel_tick_ns();
	kernel_read_reset_reasons(c, ladder_btf(h->ladder));
	kernel_read_drop_reasons(c, ladder_btf(h->ladder));
	err = symbols_get(h->symbols, c);
	if (err)
		log_notice("cannot read /proc/kallsyms (%s): why a TIME_WAIT ends early stays unknown; "
			   "CAP_SYSLOG helps",
			   strerror(-err));
	interfaces_configure(c, h->skel->progs.tcplife_xdp, o);
	bpf_map__set_max_entries(h->skel->maps.events, o->buffer_bytes);
	if (!o->filter.port_kinds)
		bpf_map__set_max_entries(h->skel->maps.pending, 1);
	if (!o->filter.pid)
		bpf_map__set_max_entries(h->skel->maps.unwanted, 1);
	return 0;
}

/* Programs of the ladder are those that stand on tracing hooks; the others belong to interfaces. */
static bool is_for_interfaces(const struct bpf_program *p)
{
	enum bpf_prog_type type = bpf_program__type(p);

	return type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS;
}

/* Iterators are opened, when somebody reads them (snapshot.c). */
static bool is_iterator(const struct bpf_program *p)
{
	return bpf_program__expected_attach_type(p) == BPF_TRACE_ITER;
}

static void choose_programs(struct hooks *h)
{
	struct bpf_program *p = NULL;

	while ((p = bpf_object__next_program(h->skel->obj, p)))
		if (!is_for_interfaces(p))
			bpf_program__set_autoload(p, ladder_uses(h->ladder, bpf_program__name(p)));
}

/*
 * A type that the kernel lacks is lacking: with a file named, libbpf does not look for it in the modules as well, for
 * which it would take CAP_SYS_ADMIN.
 */
static int open_object(struct hooks *h, const struct options *o)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = "/sys/kernel/btf/vmlinux");
	int err;

	h->skel = tcplife__open_opts(&opts);
	if (!h->skel)
		return log_errno(-errno, "cannot open the BPF object");
	if (!h->ladder && (err = ladder_new(o, h->skel->obj, &h->ladder)))
		return err;
	choose_programs(h);
	return configure(h, o);
}

static void close_object(struct hooks *h)
{
	tcplife__destroy(h->skel);
	h->skel = NULL;
}

/* The verifier's last words that are not statistics. */
static const char *last_words(char *log)
{
	char *line, *last = log, *rest = log;

	while ((line = strsep(&rest, "\n")))
		if (*line && strncmp(line, "processed ", 10) && *line != '-')
			last = line;
	return last;
}

/* Gives each program a log of its own; they are one block of memory, which the caller frees. */
static char *set_logs(struct hooks *h)
{
	struct bpf_program *p = NULL;
	size_t count = 0;
	char *logs;

	while ((p = bpf_object__next_program(h->skel->obj, p)))
		count++;
	logs = calloc(count, LOG_SIZE);
	for (size_t i = 0; logs && (p = bpf_object__next_program(h->skel->obj, p)); i++)
		bpf_program__set_log_buf(p, logs + LOG_SIZE * i, LOG_SIZE);
	return logs;
}

/* There the kernel says EPERM when maps and programs are too much of it. */
static int cannot_load(int err)
{
	if (err == -EPERM && kernel_limits_locked_memory())
		return log_errno(err,
				 "cannot load the BPF programs: before Linux 5.11 they count as locked memory, which "
				 "takes `ulimit -l unlimited` or CAP_SYS_RESOURCE");
	return log_errno(err, "cannot load the BPF programs");
}

/* The rung of the program whose log is not empty is given up. */
static int demote_refused(struct hooks *h, int err, char *logs)
{
	struct bpf_program *p = NULL;

	for (char *log = logs; (p = bpf_object__next_program(h->skel->obj, p)); log += LOG_SIZE) {
		const char *name = bpf_program__name(p), *reason;

		if (!*log || !bpf_program__autoload(p))
			continue;
		reason = last_words(log);
		if (is_for_interfaces(p))
			return log_errno(err, "cannot load %s: %s", name, reason);
		log_verbose("%s does not load: %s", name, reason);
		ladder_demote(h->ladder, name, err, reason);
		return 0;
	}
	return cannot_load(err);
}

/* Loads once more with a log for each program, to find the one that fails. */
static int blame(struct hooks *h, const struct options *o)
{
	_cleanup_free_ char *logs = NULL;
	int err = open_object(h, o);

	if (err)
		return err;
	logs = set_logs(h);
	if (!logs)
		return log_errno(-ENOMEM, "the verifier's log");
	err = tcplife__load(h->skel);
	return err ? demote_refused(h, err, logs) : 0;
}

static int load_object(struct hooks *h, const struct options *o)
{
	int err = open_object(h, o);

	while (!err) {
		err = ladder_check(h->ladder);
		if (err)
			return err;
		err = tcplife__load(h->skel);
		if (!err) {
			h->skel->bss->paused = true;
			return 0;
		}
		close_object(h);
		if (err == -ENOMEM)
			return log_errno(err, "cannot load the BPF programs; a smaller --buffer may help");
		err = blame(h, o);
		close_object(h);
		err = err ? err : open_object(h, o);
	}
	return err;
}

static int fill_ports(struct hooks *h, const struct options *o)
{
	__u32 zero = 0;

	if (!h->skel || !o->filter.port_kinds || !o->ports)
		return 0;
	if (bpf_map_update_elem(bpf_map__fd(h->skel->maps.ports), &zero, o->ports, BPF_ANY))
		return log_errno(-errno, "cannot set the port filter");
	return 0;
}

int hooks_load(const struct options *o, struct hooks **out)
{
	struct hooks *h;
	int err = check_privilege();

	if (err)
		return err;
	libbpf_set_print(libbpf_log);
	h = calloc(1, sizeof(*h));
	if (h)
		h->symbols = symbols_start();
	if (!h || !h->symbols) {
		free(h);
		return log_errno(-ENOMEM, "hooks");
	}
	err = load_object(h, o);
	if (!err)
		err = fill_ports(h, o);
	symbols_free(&h->symbols);
	if (err && !h->ladder)
		hooks_free(&h);
	*out = h;
	return err;
}

int hooks_open_interfaces(const struct hooks *h, const struct options *o, struct loop *loop, struct interfaces **out)
{
	struct interface_programs programs = {
		.xdp = bpf_program__fd(h->skel->progs.tcplife_xdp),
		.in = bpf_program__fd(h->skel->progs.tcplife_in),
		.out = bpf_program__fd(h->skel->progs.tcplife_out),
		.in_l3 = bpf_program__fd(h->skel->progs.tcplife_in_l3),
		.out_l3 = bpf_program__fd(h->skel->progs.tcplife_out_l3),
	};

	return interfaces_new(out, &programs, o, loop);
}

/* libbpf would look for tracefs at its usual places only. */
static struct bpf_link *attach_to_event(const struct bpf_program *p, int event)
{
	struct bpf_link *link = bpf_program__attach_perf_event(p, event);

	if (!link)
		close(event);
	return link;
}

static int attach(struct hooks *h, struct bpf_program *p)
{
	int event = ladder_take_event(h->ladder, bpf_program__name(p));
	struct bpf_link *link = event < 0 ? bpf_program__attach(p) : attach_to_event(p, event);

	if (!link)
		return log_errno(-errno, "cannot attach to %s", bpf_program__section_name(p));
	if (h->link_count == MAX_LINKS) {
		bpf_link__destroy(link);
		return log_errno(-E2BIG, "hooks");
	}
	h->link[h->link_count++] = link;
	return 0;
}

void hooks_pause(const struct hooks *h, bool paused)
{
	h->skel->bss->paused = paused;
}

int hooks_attach(struct hooks *h)
{
	struct bpf_program *p = NULL;
	int err = 0;

	while (!err && (p = bpf_object__next_program(h->skel->obj, p)))
		if (!is_for_interfaces(p) && !is_iterator(p) && bpf_program__autoload(p))
			err = attach(h, p);
	return err;
}

void hooks_skipped(const struct hooks *h, uint64_t count[EVENT_KINDS])
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, h->skel->obj)
	{
		enum event_kind kind = ladder_kind_skipped(bpf_program__name(p));
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (kind != EVENT_NONE && bpf_program__fd(p) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
			count[kind] += info.recursion_misses;
	}
}

void hooks_detach(struct hooks *h)
{
	while (h->link_count)
		bpf_link__destroy(h->link[--h->link_count]);
}

void hooks_free(struct hooks **h)
{
	if (!*h)
		return;
	hooks_detach(*h);
	close_object(*h);
	ladder_free(&(*h)->ladder);
	free(*h);
	*h = NULL;
}

struct tcplife *hooks_skeleton(const struct hooks *h)
{
	return h->skel;
}

const struct ladder *hooks_ladder(const struct hooks *h)
{
	return h->ladder;
}

static int print_interfaces(const struct hooks *h, const struct options *o, FILE *out)
{
	struct interfaces *interfaces = NULL;
	int err = hooks_open_interfaces(h, o, NULL, &interfaces);

	if (!err) {
		fputs("segments\n", out);
		interfaces_print(interfaces, out);
	}
	interfaces_free(&interfaces);
	return err;
}

int hooks_print_features(const struct options *o, FILE *out)
{
	struct hooks *h = NULL;
	int err = hooks_load(o, &h);

	if (!h)
		return err;
	ladder_print(h->ladder, out);
	if (!err)
		err = print_interfaces(h, o, out);
	hooks_free(&h);
	return err;
}
