// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The running kernel. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "packet.h"
#include "sandbox.h"
#include "source/consumer.h"
#include "source/containers.h"
#include "source/hooks.h"
#include "source/host_now.h"
#include "source/interfaces.h"
#include "source/local_ports.h"
#include "source/netns.h"
#include "source/ladder.h"
#include "source/recheck.h"
#include "source/snapshot.h"
#include "source/source.h"
#include "tcplife.skel.h"

struct live {
	struct hooks *hooks;
	struct consumer *consumer;
	struct interfaces *interfaces;
	struct recheck *recheck;
	struct containers *containers;
	struct host_now *host_now;
};

static void live_close(struct source *s)
{
	struct live *l = s->private;

	host_now_free(&l->host_now);
	interfaces_free(&l->interfaces);
	recheck_free(&l->recheck);
	containers_free(&l->containers);
	consumer_free(&l->consumer);
	hooks_free(&l->hooks);
}

static void say_origin(struct source *s, const struct ladder *ladder)
{
	struct strbuf hooks = { 0 };
	struct utsname u;

	ladder_hooks(ladder, &hooks);
	snprintf(s->origin.hooks, sizeof(s->origin.hooks), "%s", strbuf_text(&hooks));
	strbuf_free(&hooks);
	if (!uname(&u))
		snprintf(s->origin.kernel, sizeof(s->origin.kernel), "%s", u.release);
}

/* Before 5.19 the whole bpf() call was closed to those without CAP_BPF, where unprivileged_bpf_disabled is set. */
static bool reading_needs_cap_bpf(int map_fd)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[2], few[2];
	__u32 key = 0;
	int err;

	if (syscall(SYS_capget, &header, all))
		return true;
	few[0] = all[0], few[1] = all[1];
	few[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
	few[CAP_TO_INDEX(CAP_BPF)].effective &= ~CAP_TO_MASK(CAP_BPF);
	if (syscall(SYS_capset, &header, few))
		return true;
	err = bpf_map_get_next_key(map_fd, NULL, &key);
	return syscall(SYS_capset, &header, all) || err;
}

static bool in_other_netns(const char *name)
{
	_cleanup_close_ int own = netns_open(NULL), other = netns_open(name);

	return netns_inum(own) != netns_inum(other);
}

/*
 * Following interfaces and removing clsact filters; in another namespace, entering it. Names of containers are in files
 * of root's, who needs no right to read them.
 */
static void say_needs(struct source *s, const struct hooks *hooks)
{
	s->needs = NEEDS_KERNEL | NEEDS_THREADS;
	s->capabilities = 1ULL << CAP_NET_ADMIN;
	if (reading_needs_cap_bpf(bpf_map__fd(hooks_skeleton(hooks)->maps.packet_errors)))
		s->capabilities |= 1ULL << CAP_BPF;
	if (s->options->netns && in_other_netns(s->options->netns))
		s->capabilities |= 1ULL << CAP_SYS_ADMIN;
	if (geteuid() && !s->options->borrowed)
		s->capabilities |= 1ULL << CAP_DAC_READ_SEARCH;
}

/* Each interface takes two descriptors, and the soft limit is 1,024 for the sake of programs that use select(). */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_verbose("the limit of file descriptors stays %llu", (unsigned long long)limit.rlim_cur);
}

static int live_open(struct source *s, const char *arg)
{
	struct live *l = s->private;
	int err;

	allow_descriptors();
	err = hooks_load(s->options, &l->hooks);

	if (!err)
		err = hooks_attach(l->hooks);
	if (!err)
		err = hooks_open_interfaces(l->hooks, s->options, s->loop, &l->interfaces);
	if (!err)
		err = consumer_new(s, l->hooks, &l->consumer);
	if (!err)
		err = containers_new(s, l->consumer, &l->containers);
	if (!err)
		consumer_on_cgroup(l->consumer, containers_on_cgroup, l->containers);
	if (!err)
		hooks_pause(l->hooks, false);
	if (!err)
		err = snapshot_take(l->hooks, s->options, l->consumer);
	if (err) {
		live_close(s);
		return err;
	}
	l->recheck = recheck_new(l->hooks, s, l->consumer);
	local_ports_read(s->options->netns, &s->origin.ports);
	l->host_now = host_now_new(s->options->netns);
	if (l->host_now) {
		s->origin.read_facts = host_now_read;
		s->origin.read_ctx = l->host_now;
	}
	say_origin(s, hooks_ladder(l->hooks));
	say_needs(s, l->hooks);
	log_notice("tracing; Ctrl-C stops");
	return 0;
}

/* Packets that announce TCP but could not be read as a segment: counted here, since nothing else reports them. */
static void report_packet_errors(int map_fd)
{
	static const char *const names[PACKET_ERRORS] = {
		[PACKET_TRUNCATED] = "cut off", [PACKET_MALFORMED] = "malformed"
	};
	int cpus = libbpf_num_possible_cpus();
	_cleanup_free_ __u64 *count = cpus > 0 ? calloc((size_t)cpus, sizeof(*count)) : NULL;

	for (__u32 error = 0; count && error < PACKET_ERRORS; error++) {
		__u64 sum = 0;

		if (!names[error] || bpf_map_lookup_elem(map_fd, &error, count))
			continue;
		for (int i = 0; i < cpus; i++)
			sum += count[i];
		if (sum)
			log_notice("%llu packets could not be read as TCP segments: %s", sum, names[error]);
	}
}

static void live_drain(struct source *s)
{
	struct live *l = s->private;
	struct event_absent absent;
	bool looked = recheck_last(l->recheck, &absent);

	hooks_pause(l->hooks, true);
	hooks_detach(l->hooks); /* no more records follow */
	consumer_drain(l->consumer, looked ? &absent.event : NULL);
	report_packet_errors(bpf_map__fd(hooks_skeleton(l->hooks)->maps.packet_errors));
}

const struct source_ops source_live = {
	.name = "live",
	.help = "the running kernel",
	.private_size = sizeof(struct live),
	.open = live_open,
	.drain = live_drain,
	.close = live_close,
};
