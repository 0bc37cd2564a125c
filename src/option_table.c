// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Every option as one row: name, argument, help text, and the function that reads the value. Parsing and --help follow
 * from the rows; to add an option, add a row and its reader.
 */
#include "option_table.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/host_clock.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "option_values.h"
#include "option_where.h"
#include "sink/metrics/metric_set.h"
#include "sink/sink.h"
#include "source/capture_file.h"

#define SETTER(name, field, value)                                                                                     \
	static int take_##name(struct parse *p, const char *arg)                                                       \
	{                                                                                                              \
		p->o->field = (value);                                                                                 \
		return 0;                                                                                              \
	}

/* One of the words, in the order of the member's enum. */
#define CHOICE(name, field, ...)                                                                                       \
	static int take_##name(struct parse *p, const char *arg)                                                       \
	{                                                                                                              \
		static const char *const words[] = { __VA_ARGS__, NULL };                                              \
                                                                                                                       \
		return value_word(arg, words, &p->o->field);                                                           \
	}

/* of: "of them", and the like, for the message when there is no room for one more. */
static int add_one(const char **list, size_t *count, size_t most, const char *arg, const char *option, const char *of)
{
	if (!*arg)
		return -EINVAL;
	if (*count == most) {
		log_error("--%s: at most %zu %s", option, most, of);
		return -E2BIG;
	}
	list[(*count)++] = arg;
	return 0;
}

static int add_ports(struct parse *p, const char *arg, uint8_t kind)
{
	struct options *o = p->o;

	if (!o->ports)
		o->ports = calloc(1, sizeof(*o->ports));
	if (!o->ports)
		return log_errno(-ENOMEM, "the port filter");
	o->filter.port_kinds |= kind;
	return value_ports(arg, kind, o->ports);
}

static int take_port(struct parse *p, const char *arg)
{
	return add_ports(p, arg, PORT_EITHER);
}

static int take_localport(struct parse *p, const char *arg)
{
	return add_ports(p, arg, PORT_LOCAL);
}

static int take_remoteport(struct parse *p, const char *arg)
{
	return add_ports(p, arg, PORT_REMOTE);
}

static int take_uint(const char *arg, uint64_t max, unsigned int *out)
{
	uint64_t n;
	int err = value_uint(arg, 1, max, &n);

	if (!err)
		*out = n;
	return err;
}

/* A letter in front makes it a name: pidof(1) is not asked, since there may be several. */
static int take_pid(struct parse *p, const char *arg)
{
	if ((*arg | 0x20) >= 'a' && (*arg | 0x20) <= 'z') {
		log_notice("-p takes a process id: '%s' is taken as --comm %s", arg, arg);
		return option_comm(p->o, arg);
	}
	return take_uint(arg, 4194304, &p->o->filter.pid);
}

static int take_ipv4(struct parse *p, const char *arg)
{
	p->ipv4 = true;
	return 0;
}

static int take_ipv6(struct parse *p, const char *arg)
{
	p->ipv6 = true;
	return 0;
}

static int take_cidr(struct parse *p, const char *arg)
{
	struct filter_config *f = &p->o->filter;

	if (f->cidr_count == CONFIG_MAX_CIDRS) {
		log_error("--cidr: at most %d prefixes", CONFIG_MAX_CIDRS);
		return -E2BIG;
	}
	return value_cidr(arg, &f->cidr[f->cidr_count]) ?: (f->cidr_count++, 0);
}

#define EXPRESSION(name)                                                                                               \
	static int take_##name(struct parse *p, const char *arg)                                                       \
	{                                                                                                              \
		return option_##name(p->o, arg);                                                                       \
	}

EXPRESSION(where)
EXPRESSION(slo)
EXPRESSION(comm)
EXPRESSION(cgroup)
EXPRESSION(container)
EXPRESSION(unit)
EXPRESSION(host)
EXPRESSION(ending)
#undef EXPRESSION

static int take_netns(struct parse *p, const char *arg)
{
	int err = value_netns(arg, &p->o->filter.netns);

	p->o->netns = arg;
	if (err == -ENOENT)
		log_error("--netns: there is no network namespace '%s'; `ip netns` and `lsns -t net` list them", arg);
	else if (err == -ENOTTY)
		log_error("--netns: '%s' is not a network namespace", arg);
	else if (err && err != -EINVAL)
		log_errno(err, "--netns: '%s'", arg);
	return err;
}

static int take_host_root(struct parse *p, const char *arg)
{
	p->o->host_root = arg;
	return *arg == '/' ? 0 : -EINVAL;
}

static int take_interface(struct parse *p, const char *arg)
{
	if (strlen(arg) >= IF_NAMESIZE)
		return -EINVAL;
	if (!strcmp(arg, "any")) /* tcpdump's word for all of them */
		return 0;
	return add_one(p->o->iface, &p->o->iface_count, OPTIONS_MAX_IFACES, arg, "interface", "of them");
}

static int take_count(struct parse *p, const char *arg)
{
	return value_uint(arg, 1, UINT64_MAX, &p->o->count);
}

int option_add_sink(struct parse *p, const char *name, const char *arg)
{
	struct options *o = p->o;

	if (o->sink_count == OPTIONS_MAX_SINKS) {
		log_error("at most %d outputs", OPTIONS_MAX_SINKS);
		return -E2BIG;
	}
	o->sink[o->sink_count++] = (struct sink_choice) { .name = name, .arg = arg };
	return 0;
}

static int take_json(struct parse *p, const char *arg)
{
	return arg && !*arg ? -EINVAL : option_add_sink(p, "ndjson", arg);
}

#ifndef TCPLIFE_NO_OTLP
static int take_otlp(struct parse *p, const char *arg)
{
	return arg && !*arg ? -EINVAL : option_add_sink(p, "otlp", arg);
}

static int take_clickhouse(struct parse *p, const char *arg)
{
	return option_add_sink(p, "clickhouse", arg);
}

SETTER(clickhouse_tables, clickhouse_tables, true)
#endif

#ifndef TCPLIFE_NO_KAFKA
static int take_kafka(struct parse *p, const char *arg)
{
	const char *slash = strrchr(arg, '/');

	return slash && slash > arg && slash[1] ? option_add_sink(p, "kafka", arg) : -EINVAL;
}

CHOICE(kafka_format, kafka_format, "records", "rows", "both")

static int take_kafka_property(struct parse *p, const char *arg)
{
	struct options *o = p->o;
	const char *equals = strchr(arg, '=');

	if (*arg == '@' ? !arg[1] : !equals || equals == arg)
		return -EINVAL;
	return add_one(o->kafka_property, &o->kafka_property_count, OPTIONS_MAX_KAFKA, arg, "kafka-property",
		       "of them");
}
#endif

static int take_sample(struct parse *p, const char *arg)
{
	return take_uint(arg, 1000000, &p->o->sample);
}

static int take_queue(struct parse *p, const char *arg)
{
	uint64_t n;
	int err = value_size(arg, 64 << 10, 1 << 30, &n);

	if (!err)
		p->o->queue_bytes = n;
	return err;
}

static int take_timeline(struct parse *p, const char *arg)
{
	return option_add_sink(p, "timeline", NULL);
}

#ifndef TCPLIFE_NO_TOP
static int take_top(struct parse *p, const char *arg)
{
	return option_add_sink(p, "top", NULL);
}
#endif

static int take_record(struct parse *p, const char *arg)
{
	return *arg ? option_add_sink(p, "record", arg) : -EINVAL;
}

static int take_pcap_out(struct parse *p, const char *arg)
{
	return *arg ? option_add_sink(p, "pcapng", arg) : -EINVAL;
}

static int add_server(struct parse *p, const char *name, const char *arg)
{
	return http_address_is_valid(arg) ? option_add_sink(p, name, arg) : -EINVAL;
}

static int take_prometheus(struct parse *p, const char *arg)
{
	return add_server(p, "prometheus", arg);
}

static int take_web(struct parse *p, const char *arg)
{
	return add_server(p, "web", arg);
}

static int take_web_token(struct parse *p, const char *arg)
{
	p->o->web_token = arg;
	return *arg ? 0 : -EINVAL;
}

static int take_metrics_ports(struct parse *p, const char *arg)
{
	struct options *o = p->o;
	unsigned int listed = 0;

	if (!o->metrics_ports)
		o->metrics_ports = calloc(1, sizeof(*o->metrics_ports));
	if (!o->metrics_ports)
		return log_errno(-ENOMEM, "--metrics-ports");
	if (value_ports(arg, PORT_EITHER, o->metrics_ports))
		return -EINVAL;
	for (unsigned int port = 1; port <= UINT16_MAX; port++)
		listed += o->metrics_ports->port[port];
	if (listed <= METRIC_PORTS_MAX)
		return 0;
	log_error("--metrics-ports: at most %d ports: each adds about fifty series", METRIC_PORTS_MAX);
	return -E2BIG;
}

static int take_metrics_labels(struct parse *p, const char *arg)
{
	return metric_labels_parse(arg, &p->o->metrics_labels);
}

/* A size, an age, or both with a comma between them; 0 = not given. */
static int take_bounds(const char *text, uint64_t least_bytes, uint64_t most_secs, uint64_t *bytes, uint64_t *secs)
{
	*bytes = *secs = 0;
	for (;;) {
		size_t len = strcspn(text, ",");
		char one[32];

		if (len >= sizeof(one))
			return -EINVAL;
		snprintf(one, sizeof(one), "%.*s", (int)len, text);
		if (!*secs && !value_age(one, 1, most_secs, secs))
			;
		/* 5m might be meant as minutes. */
		else if (*bytes || strchr(one, 'm') || value_size(one, least_bytes, 1ULL << 60, bytes))
			return -EINVAL;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

static int take_rotate(struct parse *p, const char *arg)
{
	p->o->rotate = true;
	return take_bounds(arg, 4096, 4000000, &p->o->rotate_bytes, &p->o->rotate_secs);
}

/* A number alone is one of finished pieces. */
static int take_keep(struct parse *p, const char *arg)
{
	if (!take_uint(arg, 100000, &p->o->rotate_keep))
		return 0;
	return take_bounds(arg, 1 << 20, 4000000000, &p->o->keep_bytes, &p->o->keep_secs);
}

/* Octal. Files that their owner cannot write are no use, and no output is a program. */
static int take_file_mode(struct parse *p, const char *arg)
{
	unsigned long mode;
	char *end;

	if (strspn(arg, "01234567") != strlen(arg) || !*arg)
		return -EINVAL;
	mode = strtoul(arg, &end, 8);
	if (mode > 0666 || mode & 0111 || (mode & 0600) != 0600)
		return -EINVAL;
	p->o->file_mode = mode;
	return 0;
}

/* "90", "90s", "5min". */
static int take_secs(const char *arg, unsigned int *out)
{
	uint64_t n;

	if (!take_uint(arg, 4000000, out))
		return 0;
	if (value_age(arg, 1, 4000000, &n))
		return -EINVAL;
	*out = n;
	return 0;
}

static int take_summary(struct parse *p, const char *arg)
{
	p->summary = true;
	return arg ? take_secs(arg, &p->o->summary_secs) : 0;
}

static int take_open(struct parse *p, const char *arg)
{
	p->o->open = true;
	return arg ? take_uint(arg, 4000, &p->o->open_secs) : 0;
}

static int take_doctor(struct parse *p, const char *arg)
{
	p->doctor = true;
	return (arg ? take_secs(arg, &p->doctor_secs) : 0) ?: option_add_sink(p, "doctor", NULL);
}

static int unknown_output(const char *name)
{
	struct strbuf names = { 0 };

	for (size_t i = 0; sink_at(i); i++)
		strbuf_printf(&names, "%s%s", i ? ", " : "", sink_at(i)->name);
	log_error("--output: there is no '%s'; available: %s", name, strbuf_text(&names));
	strbuf_free(&names);
	return -ENOENT;
}

static int take_output(struct parse *p, const char *arg)
{
	/* arg is a piece of argv, which is ours to cut: name and value both stay there. */
	char *equals = (char *)strchr(arg, '=');
	const char *value = equals ? equals + 1 : NULL;
	const struct sink_ops *ops;

	if (equals)
		*equals = '\0';
	ops = sink_find(strcmp(arg, "json") ? arg : "ndjson");
	if (!ops)
		return unknown_output(arg);
	if (value && !ops->arg_help) {
		log_error("--output: %s takes no argument, but '%s' was given", arg, value);
		return -E2BIG;
	}
	if (ops->arg_help && ops->arg_help[0] != '[' && (!value || !*value)) {
		log_error("--output: %s needs an argument: -o %s=%s", arg, arg, ops->arg_help);
		return -ENODATA;
	}
	return option_add_sink(p, ops->name, value);
}

int option_add_replay(struct parse *p, const char *arg)
{
	return add_one(p->o->replay, &p->o->replay_count, OPTIONS_MAX_REPLAYS, arg, "replay", "recordings");
}

int option_add_capture(struct parse *p, const char *arg)
{
	return add_one(p->o->pcap, &p->o->pcap_count, OPTIONS_MAX_CAPTURES, arg, "pcap", "files");
}

static int take_replay_or_capture(struct parse *p, const char *arg)
{
	return capture_file_is(arg) ? option_add_capture(p, arg) : option_add_replay(p, arg);
}

static int take_moment(const char *arg, uint64_t *out)
{
	return value_moment(arg, host_clock_ns(CLOCK_REALTIME), out);
}

static int take_since(struct parse *p, const char *arg)
{
	return take_moment(arg, &p->o->since_ns);
}

static int take_until(struct parse *p, const char *arg)
{
	return take_moment(arg, &p->o->until_ns);
}

static int take_ignore_checksums(struct parse *p, const char *arg)
{
	p->checksums = "ignore-checksums";
	p->o->checksums = DISSECT_CHECKSUMS_IGNORE;
	return 0;
}

static int take_checksums(struct parse *p, const char *arg)
{
	static const char *const words[] = { "drop", "auto", "take", NULL }; /* as enum dissect_checksums */

	p->checksums = "checksums";
	return value_word(arg, words, &p->o->checksums);
}

CHOICE(timeouts, zeek, "none", "zeek")

static int take_color(struct parse *p, const char *arg)
{
	static const char *const words[] = { "auto", "always", "never", NULL };

	return arg ? value_word(arg, words, &p->o->color) : (p->o->color = COLOR_ALWAYS, 0);
}

CHOICE(xdp, xdp, "auto", "native", "generic", "off")
CHOICE(events, events, "all", "odd", "none")
CHOICE(hooks, hooks, "auto", "fentry", "kprobe", "tracepoint")

static int take_buffer(struct parse *p, const char *arg)
{
	uint64_t n;

	if (value_size(arg, 64 << 10, 1 << 30, &n) || (n & (n - 1)))
		return -EINVAL;
	p->o->buffer_bytes = n;
	return 0;
}

static int take_max_connections(struct parse *p, const char *arg)
{
	uint64_t n;
	int err = value_uint(arg, 1, 1 << 30, &n);

	if (!err)
		p->o->max_connections = n;
	return err;
}

static int take_duration(struct parse *p, const char *arg)
{
	return take_secs(arg, &p->o->duration_secs);
}

SETTER(web_open, web_open, true)
SETTER(whole, whole, true)
SETTER(older, older, true)
SETTER(explain, explain, true)
SETTER(wide, wide, true)
SETTER(uncompressed, uncompressed, true)
SETTER(time, time_of_day, true)
SETTER(timestamp, timestamp, true)
SETTER(csv, csv, true)
SETTER(no_header, no_header, true)
SETTER(vlan_key, vlan_key, true)
SETTER(no_sandbox, no_sandbox, true)
SETTER(features, run, RUN_FEATURES)
#undef SETTER
#undef CHOICE

/* -n, as in tcpdump. */
static int take_names(struct parse *p, const char *arg)
{
	p->o->names = !p->numeric;
	return 0;
}

static int take_numeric(struct parse *p, const char *arg)
{
	p->numeric = true;
	p->o->names = false;
	return 0;
}

static int take_self_test(struct parse *p, const char *arg)
{
	p->o->run = RUN_SELF_TEST;
	p->o->quick = arg != NULL;
	return arg && strcmp(arg, "quick") ? -EINVAL : 0;
}

static int take_verbose(struct parse *p, const char *arg)
{
	log_verbosity++;
	return 0;
}

static int take_version(struct parse *p, const char *arg)
{
	puts(PROGRAM " " TCPLIFE_VERSION);
	return 1;
}

#define PORTS	  "ports from 1 to 65535 and ranges of them, as in 443,8000-8099"
#define SERVED_AT "an address to serve at, as in 127.0.0.1:9000, [::1]:9000, 9000 or unix:PATH"
#define SECONDS	  "seconds, from 1 to 4000000, or a number with s, min, h or d"
#define WHERE_NAMES                                                                                                    \
	"names, separated by commas, among container.id, container.name, container.runtime, k8s.pod.name, "            \
	"k8s.pod.uid, k8s.namespace.name, k8s.container.name and systemd.unit"

#define MOMENT "a time as in 03:00 or 2026-11-27T03:00, or an age with s, min, h or d"

#define HEADING(text)                                                                                                  \
	{                                                                                                              \
		.help = (text)                                                                                         \
	}
#define SWITCH(letter_, name_, take_, help_)                                                                           \
	{                                                                                                              \
		.letter = letter_, .name = name_, .take = take_, .help = help_                                         \
	}
#define VALUE(letter_, name_, arg_, take_, help_, accepts_)                                                            \
	{                                                                                                              \
		.letter = letter_, .name = name_, .arg = arg_, .take = take_, .help = help_, .accepts = accepts_       \
	}
#define LIVE_SWITCH(name_, take_, help_)                                                                               \
	{                                                                                                              \
		.name = name_, .take = take_, .help = help_, .live_only = true                                         \
	}
#define LIVE_VALUE(letter_, name_, arg_, take_, help_, accepts_)                                                       \
	{                                                                                                              \
		.letter = letter_, .name = name_, .arg = arg_, .take = take_, .help = help_, .accepts = accepts_,      \
		.live_only = true                                                                                      \
	}

const struct option_row OPTION_ROWS[] = {
	HEADING("Which connections:"),
	VALUE('p', "pid", "PID", take_pid, "opened, accepted or closed by this process", "a process id"),
	VALUE(0, "port", "LIST", take_port, "with one of these ports on either side: 443,8000-8099", PORTS),
	VALUE('L', "localport", "LIST", take_localport, "with one of these ports at the local end", PORTS),
	VALUE('D', "remoteport", "LIST", take_remoteport, "with one of these ports at the remote end", PORTS),
	SWITCH('4', NULL, take_ipv4, "IPv4, IPv4-mapped IPv6 included"),
	SWITCH('6', NULL, take_ipv6, "IPv6"),
	VALUE(0, "cidr", "PREFIX", take_cidr, "with an address in PREFIX on either side; may be repeated",
	      "an IPv4 or IPv6 prefix, as in 10.0.0.0/8 or 2001:db8::/32"),
	VALUE(0, "host", "ADDR|NAME", take_host, "with this host, or one of a prefix, on either side",
	      "an address, a prefix, or the name of a host"),
	VALUE(0, "comm", "NAME", take_comm, "opened, accepted or closed by a process of this name",
	      "the name of a process"),
	VALUE(0, "cgroup", "PATH", take_cgroup, "of a socket in this cgroup, or below it",
	      "the path of a cgroup, as in /system.slice"),
	VALUE(0, "container", "NAME|ID", take_container, "of a socket in this container",
	      "the name of a container, or 12 digits of its id or more"),
	VALUE(0, "unit", "NAME", take_unit, "of a socket in this systemd unit", "the name of a unit"),
	VALUE(0, "ending", "LIST", take_ending, "that ended in one of these ways: reset,refused",
	      "words of --where's ending, with commas"),
	VALUE(0, "where", "EXPRESSION", take_where,
	      "for which EXPRESSION holds, as in 'ending == reset and handshake > 100ms'; help lists the names; may be "
	      "repeated",
	      "an expression"),
	VALUE(0, "netns", "NAME|PATH|INUM", take_netns, "in this network namespace; its interfaces are watched",
	      "the name, path or inode number of a network namespace"),
	VALUE('c', "count", "N", take_count, "stop after N closed connections", "a number from 1 on"),
	HEADING("Where they come from:"),
	LIVE_VALUE('i', "interface", "IFACE", take_interface,
		   "watch segments on IFACE; may be repeated (default: all that are up)", "the name of an interface"),
	VALUE('r', "replay", "FILE", take_replay_or_capture,
	      "read a recording or a capture instead of the kernel; - is standard input; recordings of several hosts "
	      "are joined",
	      "a file"),
	VALUE(0, "since", "TIME", take_since,
	      "... and only what was open at TIME or later: 03:00, 2026-11-27T03:00, 2h", MOMENT),
	VALUE(0, "until", "TIME", take_until, "... or earlier", MOMENT),
	VALUE(0, "pcap", "FILE", option_add_capture,
	      "read captures (pcap, pcapng, compressed too), those at the end of the line as well; words behind filter "
	      "them",
	      "a file"),
	SWITCH('C', "ignore-checksums", take_ignore_checksums, "... and take all segments, whatever their checksums"),
	VALUE(0, "checksums", "RULE", take_checksums,
	      "... with wrong checksums: take, drop, or auto (default: offload is taken, damage is not)",
	      "auto, take or drop"),
	VALUE(0, "timeouts", "RULE", take_timeouts,
	      "... and end its connections by silence too: none (default: by its packets only), or zeek",
	      "none or zeek"),
	SWITCH(0, "vlan-key", take_vlan_key, "... and keep the same tuple in different VLANs apart"),
	LIVE_VALUE(0, "host-root", "DIR", take_host_root,
		   "read the names of containers below DIR, where the host's root is mounted (default: /)",
		   "an absolute path"),
	LIVE_VALUE(0, "xdp", "MODE", take_xdp, "XDP mode for arriving segments: auto, native, generic, off",
		   "auto, native, generic or off"),
	LIVE_VALUE(0, "hooks", "RUNG", take_hooks, "kernel hooks to use: auto, fentry, kprobe, tracepoint",
		   "auto, fentry, kprobe or tracepoint"),
	LIVE_VALUE(0, "buffer", "SIZE", take_buffer, "ring buffer of SIZE bytes, with k or M (default: 16M)",
		   "a power of two from 64k to 1G"),
	{ .name = "features",
	  .take = take_features,
	  .live_only = true,
	  .help = "show which kernel hook each fact comes from on this host, and stop" },
	LIVE_VALUE(0, "self-test", "[=quick]", take_self_test,
		   "make a few connections, check how they are reported, and stop; quick: without TIME_WAIT",
		   "nothing, or quick"),
	HEADING("Outputs (several may be given; the table if none is):"),
#ifndef TCPLIFE_NO_TOP
	SWITCH(0, "top", take_top, "a screen of what is open, ended and went wrong, with keys; ? explains them"),
#endif
	VALUE(0, "json", "[=FILE]", take_json,
	      "one JSON record for each connection, one a line; unix:PATH is a stream socket",
	      "a file, or unix: and the path of a stream socket"),
	SWITCH(0, "timeline", take_timeline, "a sequence diagram of each connection"),
	SWITCH(0, "explain", take_explain, "... with an explanation of each step"),
	VALUE(0, "summary", "[=SECS]", take_summary, "a summary on stderr at the end, and every SECS seconds", SECONDS),
	VALUE(0, "doctor", "[=SECS]", take_doctor,
	      "looks for SECS seconds (default: 30) and says what is wrong on this host; exit status 1 if something is",
	      SECONDS),
	VALUE(0, "open", "[=SECS]", take_open, "what is still open, at the end and every SECS seconds", SECONDS),
	VALUE(0, "prometheus", "[=ADDR]", take_prometheus,
	      "metrics for Prometheus (default: at 127.0.0.1:10793); unix:PATH is a socket", SERVED_AT),
	VALUE(0, "metrics-ports", "LIST", take_metrics_ports, "... with separate metrics for these service ports",
	      PORTS),
	VALUE(0, "metrics-labels", "LIST", take_metrics_labels, "... with names of containers, pods or units as labels",
	      WHERE_NAMES),
	VALUE(0, "web", "[=ADDR]", take_web,
	      "a web page with live connections and their details, for root and who starts it (same default)",
	      SERVED_AT),
	VALUE(0, "web-token", "FILE", take_web_token, "... and the metrics, for whoever has the token in FILE",
	      "a file"),
	SWITCH(0, "web-open", take_web_open, "... for everybody who reaches the address"),
	VALUE(0, "record", "FILE|DIR", take_record,
	      "record all events, for --replay; - is standard output; in DIR as much as --keep says",
	      "a file or a directory"),
	VALUE(0, "rotate", "SIZE|AGE", take_rotate,
	      "--record and --json in pieces of this size or age: 100M, 6h, or 100M,6h",
	      "a size from 4k on with k, M or G, an age with s, min, h or d, or both as in 100M,6h"),
	VALUE(0, "keep", "N|SIZE|AGE", take_keep,
	      "... and remove all finished pieces but the newest N; of a directory keep so much: 2G,7d",
	      "a number from 1 to 100000, a size from 1M on, an age with s, min, h or d, or both as in 2G,7d"),
	SWITCH(0, "uncompressed", take_uncompressed, "--record without zstd compression"),
	VALUE(0, "file-mode", "MODE", take_file_mode, "permissions of the files that are created (default: 0600)",
	      "an octal mode from 0600 to 0666"),
	VALUE(0, "pcap-out", "FILE", take_pcap_out,
	      "the segments that open and close each connection as pcapng, with its verdict as comment", "a file"),
	VALUE('o', "output", "NAME[=ARG]", take_output, "an output by its name, see below; may be repeated",
	      "the name of an output"),
#ifndef TCPLIFE_NO_OTLP
	VALUE(0, "otlp", "[=URL]", take_otlp,
	      "traces and logs to an OpenTelemetry collector (default: http://localhost:4318)", "an http or https URL"),
	VALUE(0, "clickhouse", "URL", take_clickhouse,
	      "flat rows into the table tcplife_rows of ClickHouse: http://HOST:8123/DATABASE", "an http or https URL"),
	SWITCH(0, "clickhouse-tables", take_clickhouse_tables, "... and make that table first, if it is not there"),
#endif
#ifndef TCPLIFE_NO_KAFKA
	VALUE(0, "kafka", "BROKERS/TOPIC", take_kafka, "the JSON records to a Kafka topic",
	      "brokers and a topic, as in kafka1:9092,kafka2:9092/tcp"),
	VALUE(0, "kafka-format", "FORMAT", take_kafka_format,
	      "... as records (default), as the flat rows of -o rows, or as both", "records, rows or both"),
	VALUE('X', "kafka-property", "PROP=VALUE|@FILE", take_kafka_property,
	      "... with this property of librdkafka's, or a file of them; may be repeated",
	      "a property and its value, as in acks=1, or @ and a file of such lines"),
#endif
	VALUE(0, "sample", "N", take_sample,
	      "of connections that went well, 1 in N rows, chosen by id; of the others all",
	      "a number from 1 to 1000000"),
	VALUE(0, "queue", "SIZE", take_queue, "queue at most SIZE bytes for a slow receiver (default: 16M)",
	      "a size from 64k to 1G"),
	SWITCH(0, "whole", take_whole, "write a record only when TIME_WAIT is over"),
	SWITCH(0, "older", take_older, "list connections that began before tracing, too, where they ended in order"),
	VALUE(0, "events", "WHICH", take_events,
	      "which JSON records have their events: all (default), odd (not orderly, or sent again), none",
	      "all, odd or none"),
	HEADING("Format:"),
	SWITCH('w', "wide", take_wide, "wide columns, for full IPv6 addresses"),
	SWITCH('T', "time", take_time, "a column with the time of day"),
	SWITCH('t', "timestamp", take_timestamp, "a column with the seconds since the start"),
	SWITCH('s', "csv", take_csv, "the table as comma-separated values"),
	SWITCH('H', "no-header", take_no_header, "the table without its heading"),
	VALUE(0, "color", "[=WHEN]", take_color, "colour: auto, always, never", "auto, always or never"),
	VALUE(0, "colour", "[=WHEN]", take_color, NULL, "auto, always or never"),
	LIVE_SWITCH("names", take_names, "the names that addresses came from, by the DNS answers that this host gets"),
	SWITCH('n', NULL, take_numeric, "addresses and ports as numbers, whatever --names says"),
	HEADING("Running:"),
	LIVE_VALUE(0, "duration", "SECS", take_duration, "stop after SECS seconds", SECONDS),
	VALUE(0, "slo", "EXPRESSION", take_slo,
	      "exit status 4 if a connection does not fit it, as in 'handshake < 50ms'",
	      "an expression, as for --where"),
	VALUE(0, "max-connections", "N", take_max_connections, "track at most N connections at once (default: 1048576)",
	      "a number from 1 to 1073741824"),
	SWITCH(0, "no-sandbox", take_no_sandbox, "do not drop capabilities or filter system calls, for debugging"),
	SWITCH('v', "verbose", take_verbose, "more messages on stderr; -vv: libbpf's as well"),
	SWITCH('V', "version", take_version, "print the version"),
	SWITCH('h', "help", option_take_help, "print this help"),
};

const size_t OPTION_ROW_COUNT = sizeof(OPTION_ROWS) / sizeof(OPTION_ROWS[0]);
