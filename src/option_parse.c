// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "option_parse.h"

#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "option_pid.h"
#include "option_remedy.h"
#include "option_table.h"
#include "option_where.h"
#include "sink/sink.h"
#include "source/capture_file.h"
#include "source/capture_filter.h"

/* Long options without a letter get numbers behind those of all letters. */
#define LONG_ONLY 0x100

#define DOCTOR_SECS 30

/* make COVERAGE=1: what counts the lines writes files at the end, when the sandbox lets nobody open any. */
#ifdef TCPLIFE_NO_SANDBOX
#define SANDBOX_OFF true
#else
#define SANDBOX_OFF false
#endif

static void print_row(const struct option_row *r)
{
	struct strbuf s = { 0 };

	if (!r->take) {
		printf("\n%s\n", r->help);
		return;
	}
	if (!r->help)
		return;
	strbuf_printf(&s, r->letter ? "  -%c" : "    ", r->letter);
	if (r->name)
		strbuf_printf(&s, "%s--%s", r->letter ? ", " : "  ", r->name);
	if (r->arg)
		strbuf_printf(&s, "%s%s", r->arg[0] == '[' ? "" : " ", r->arg);
	strbuf_puts(&s, s.len < 30 ? "" : " ");
	strbuf_pad(&s, 0, 30);
	printf("%s %s\n", strbuf_text(&s), r->help);
	strbuf_free(&s);
}

int option_take_help(struct parse *p, const char *arg)
{
	puts("Usage: " PROGRAM " [OPTION]... [FILTER] [-- COMMAND [ARG]...]\n"
	     "Follows every TCP connection of this host from its first SYN to the end of TIME_WAIT.");
	for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
		print_row(&OPTION_ROWS[i]);
	puts("\nNames for --output:");
	for (size_t i = 0; sink_at(i); i++)
		printf("  %-9s %-7s %s\n", sink_at(i)->name, sink_at(i)->arg_help ?: "", sink_at(i)->help);
	puts("\nExit status: 0, 1 failure while running, 2 usage, 4 --slo not kept, 77 no privilege or no kernel "
	     "feature for it;\nwith --doctor 1 if something was found, 2 for a failure.");
	return 1;
}

static int hint(void)
{
	fputs("Try '" PROGRAM " --help'\n", stderr);
	return -EINVAL;
}

static int bad_value(const struct option_row *r, const char *arg)
{
	const char *dashes = r->name ? "--" : "-", letter[] = { r->letter, '\0' };

	log_error("%s%s: '%s' is not accepted: it takes %s", dashes, r->name ?: letter, arg, r->accepts);
	return hint();
}

static int option_key(size_t i)
{
	return OPTION_ROWS[i].letter ?: LONG_ONLY + (int)i;
}

static const struct option_row *row_of(int key)
{
	for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
		if (OPTION_ROWS[i].take && option_key(i) == key)
			return &OPTION_ROWS[i];
	return NULL;
}

/* What getopt_long() wants to know, from the table. letters needs 2 bytes a row and one more. */
static void getopt_tables(struct option *longs, char *letters)
{
	for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
		const struct option_row *r = &OPTION_ROWS[i];

		if (r->letter)
			*letters++ = r->letter;
		if (r->letter && r->arg)
			*letters++ = ':';
		if (r->name)
			*longs++ = (struct option) {
				.name = r->name,
				.has_arg = !r->arg	      ? no_argument
					   : r->arg[0] == '[' ? optional_argument
							      : required_argument,
				.val = option_key(i),
			};
	}
	*letters = '\0';
	*longs = (struct option) { 0 };
}

/* The words behind the options, as in tcpdump. */
static int take_filter(struct options *o, char **words)
{
	struct strbuf text = { 0 };

	for (; *words; words++)
		strbuf_printf(&text, "%s%s", text.len ? " " : "", *words);
	o->pcap_filter = strdup(strbuf_text(&text));
	strbuf_free(&text);
	if (!o->pcap_filter)
		return log_errno(-ENOMEM, "the capture filter");
	return capture_filter_check(o->pcap_filter) ? hint() : 0;
}

/* What getopt() knows no row for; it has printed what is wrong. */
static int unknown_option(char **argv)
{
	option_remedy_unknown(argv[optind - 1], strncmp(argv[optind - 1], "--", 2) ? (char)optopt : '\0');
	return hint();
}

/* The value that belongs to the option although getopt() does not take it for that. */
static char *value_behind(const struct option_row *r, int argc, char **argv)
{
	if (r->arg && r->arg[0] == '[' && !optarg && optind < argc && option_remedy_is_value(r, argv[optind]))
		return argv[optind++];
	return optarg;
}

/* Is the row one of those that say which connections are asked for? They stand in the first group. */
static bool is_filter(const struct option_row *r)
{
	for (const struct option_row *before = r; before > OPTION_ROWS; before--)
		if (!before->take)
			return false;
	return r->letter != 'c';
}

static void note_filter(struct options *o, const struct option_row *r, const char *arg)
{
	if (!is_filter(r))
		return;
	if (r->name)
		strbuf_printf(&o->asked, " --%s", r->name);
	else
		strbuf_printf(&o->asked, " -%c", r->letter);
	if (arg)
		strbuf_printf(&o->asked, strpbrk(arg, " '\"") ? " '%s'" : " %s", arg);
}

static int take_option(struct parse *p, const struct option_row *r, int argc, char **argv)
{
	const char *arg = value_behind(r, argc, argv);
	int err;

	/* tcpdump's -w is not tcplife's. */
	if (r->letter == 'w' && optind < argc && option_remedy_is_capture_name(argv[optind])) {
		log_notice("-w %s is taken as --pcap-out %s", argv[optind], argv[optind]);
		return option_add_sink(p, "pcapng", argv[optind++]) ? hint() : 0;
	}
	err = r->take(p, arg);
	if (err)
		return err > 0 ? err : err == -EINVAL ? bad_value(r, arg) : hint();
	note_filter(p->o, r, arg);
	if (r->live_only && !p->live_only)
		p->live_only = r->name;
	return 0;
}

/* The words behind the options: captures or recordings first, then a filter. */
static int take_words(struct parse *p, int argc, char **argv)
{
	int err = 0;

	for (; optind < argc && !err; optind++)
		if (capture_file_is(argv[optind]))
			err = option_add_capture(p, argv[optind]);
		else if (option_is_recording(argv[optind]))
			err = option_add_replay(p, argv[optind]);
		else
			break;
	if (err)
		return hint();
	if (optind == argc)
		return 0;
	if (p->o->pcap_count)
		return take_filter(p->o, argv + optind);
	if (optind + 1 == argc && option_remedy_word(p->o, argv[optind]))
		return hint();
	err = option_words(p->o, argv + optind);
	if (err == -EINVAL)
		log_error("'%s' is neither an option, a file nor a filter; an optional value is joined by '=', as in "
			  "--summary=5",
			  argv[optind]);
	for (int i = optind; i < argc && !p->o->replay_count; i++)
		strbuf_printf(&p->o->asked, " %s", argv[i]);
	return err ? hint() : 0;
}

static int read_options(struct parse *p, int argc, char **argv)
{
	struct option longs[OPTION_ROW_COUNT + 1];
	char letters[OPTION_ROW_COUNT * 2 + 1];
	int key, err = 0;

	getopt_tables(longs, letters);
	argv[0] = (char *)PROGRAM; /* for getopt's messages */
	optind = 0;
	while (!err && (key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *r = row_of(key);

		err = r ? take_option(p, r, argc, argv) : unknown_option(argv);
	}
	return err ?: take_words(p, argc, argv);
}

static int unknown_interface(const char *name)
{
	struct if_nameindex *list = if_nameindex();
	struct strbuf names = { 0 };

	for (struct if_nameindex *i = list; i && i->if_name; i++)
		strbuf_printf(&names, "%s%s", i == list ? "" : ", ", i->if_name);
	log_error("--interface: there is no '%s'; available: %s", name, strbuf_text(&names));
	if_freenameindex(list);
	strbuf_free(&names);
	return hint();
}

/* Those of another network namespace can only be looked for there, by the source. */
static int check_interfaces(const struct options *o)
{
	for (size_t i = 0; i < o->iface_count && !o->netns; i++)
		if (!if_nametoindex(o->iface[i]))
			return unknown_interface(o->iface[i]);
	return 0;
}

static bool has_sink(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->sink_count; i++)
		if (!strcmp(o->sink[i].name, name))
			return true;
	return false;
}

/* The table if nothing was chosen; the summary where people watch something live. */
static int default_sinks(struct parse *p)
{
	struct options *o = p->o;
	bool for_people;
	int err = 0;

	if (o->explain && !has_sink(o, "timeline"))
		err = option_add_sink(p, "timeline", NULL);
	else if (o->sink_count == 0)
		err = option_add_sink(p, "table", NULL);
	for_people = !o->csv && (has_sink(o, "table") || has_sink(o, "timeline"));
	o->doctor = has_sink(o, "doctor");
	/* It looks for a time, or as long as a command runs. */
	if (p->doctor && !options_offline(o))
		o->duration_secs = p->doctor_secs ?: o->duration_secs ?: o->command ? 0 : DOCTOR_SECS;
	o->summary = p->summary || has_sink(o, "summary") || (for_people && !options_offline(o) && !o->command);
	if (!err && o->summary && !has_sink(o, "summary"))
		err = option_add_sink(p, "summary", NULL);
	return err ? hint() : 0;
}

static enum sink_stdout stdout_use(const struct sink_choice *c)
{
	return !c->arg || !strcmp(c->arg, "-") ? sink_find(c->name)->on_stdout : SINK_STDOUT_NEVER;
}

/* Records for a program with a table in between would be neither. */
static int check_stdout(struct options *o)
{
	const char *owner = NULL;
	unsigned int users = 0;

	for (size_t i = 0; i < o->sink_count; i++) {
		enum sink_stdout use = stdout_use(&o->sink[i]);

		users += use != SINK_STDOUT_NEVER;
		if (use == SINK_STDOUT_OWNS)
			owner = o->sink[i].name;
	}
	o->uses_stdout = users > 0;
	if (!owner || users < 2)
		return 0;
	if (sink_find(owner)->arg_help)
		log_error("output %s needs stdout for itself: give it a file (-o %s=FILE), or leave the others out",
			  owner, owner);
	else
		log_error("output %s needs the terminal for itself: leave the others out, or give them files", owner);
	return hint();
}

/* Of this kind of output, is there one to a file? */
static bool has_file(const struct options *o, const char *sink)
{
	for (size_t i = 0; i < o->sink_count; i++)
		if (!strcmp(o->sink[i].name, sink) && o->sink[i].arg && strcmp(o->sink[i].arg, "-"))
			return true;
	return false;
}

/* --keep 2G,7d: the recording is a directory. */
static bool is_bounded(const struct options *o)
{
	return o->keep_bytes || o->keep_secs;
}

static int check_files(const struct options *o)
{
	if (o->rotate && !has_file(o, "record") && !has_file(o, "ndjson") && !has_file(o, "rows"))
		log_error("--rotate needs a file: --record FILE, --json=FILE or -o rows=FILE");
	else if (o->rotate_keep && !o->rotate)
		log_error("--keep needs --rotate");
	else if (is_bounded(o) && !has_file(o, "record"))
		log_error("--keep of a size or an age needs --record DIR");
	else if (is_bounded(o) && o->pcap_count)
		log_error("--record DIR keeps what is traced: a capture is to be recorded to a file");
	else if (o->events != EVENTS_ALL && !has_sink(o, "ndjson") && !has_sink(o, "kafka") && !has_sink(o, "otlp"))
		log_error("--events needs --json, --kafka or --otlp");
	else if (o->uncompressed && !has_sink(o, "record"))
		log_error("--uncompressed needs --record");
	else
		return 0;
	return hint();
}

static int check_rows(const struct options *o)
{
	bool makes_rows = has_sink(o, "rows") || has_sink(o, "clickhouse") ||
			  (has_sink(o, "kafka") && o->kafka_format != KAFKA_RECORDS);

	if (o->kafka_format != KAFKA_RECORDS && !has_sink(o, "kafka"))
		log_error("--kafka-format needs --kafka");
	else if (o->sample && !makes_rows)
		log_error("--sample needs rows: -o rows, --clickhouse or --kafka-format=rows");
	else if (o->clickhouse_tables && !has_sink(o, "clickhouse"))
		log_error("--clickhouse-tables needs --clickhouse");
	else
		return 0;
	return hint();
}

enum path_kind { PATH_FILE, PATH_RECORD, PATH_DIR };

/* What will not be written is known before anything is attached. The sink itself says why it cannot write a file. */
static int check_path(const char *path, enum path_kind kind)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
	struct stat st;
	bool is_there, is_dir;

	if (!folder)
		return log_errno(-ENOMEM, "cannot start");
	is_there = !stat(path, &st);
	is_dir = is_there && S_ISDIR(st.st_mode);
	if (kind == PATH_DIR && (is_dir || (slash && !slash[1])))
		return 0; /* what is wrong with it will be said when it is opened */
	if (kind == PATH_DIR && is_there)
		log_error("cannot record to %s: with --keep of a size or an age it is to be a directory", path);
	else if (kind == PATH_RECORD && is_dir)
		log_error("cannot write %s: it is a directory; --keep 2G,7d would record to it, and keep so much",
			  path);
	else if (is_dir)
		log_error("cannot write %s: it is a directory; the name of a file is missing", path);
	else if (stat(folder, &st))
		log_error("cannot write %s: %s: %s", path, folder, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		log_error("cannot write %s: %s is no directory", path, folder);
	else
		return 0;
	return hint();
}

static int check_paths(const struct options *o)
{
	static const char *const writers[] = { "ndjson", "record", "pcapng", "rows", NULL };
	int err = 0;

	for (size_t i = 0; i < o->sink_count && !err; i++) {
		const struct sink_choice *s = &o->sink[i];

		for (const char *const *w = writers; *w && s->arg && !err; w++)
			if (!strcmp(s->name, *w) && strcmp(s->arg, "-") && strncmp(s->arg, "unix:", 5))
				err = check_path(s->arg, strcmp(*w, "record") ? PATH_FILE
							 : is_bounded(o)      ? PATH_DIR
									      : PATH_RECORD);
	}
	return err;
}

static int check_servers(const struct options *o)
{
	bool serves = has_sink(o, "web") || has_sink(o, "prometheus");

	if (o->web_token && o->web_open)
		log_error("--web-token and --web-open cannot be used together");
	else if (o->web_token && !serves)
		log_error("--web-token needs --web or --prometheus");
	else if (o->web_open && !has_sink(o, "web"))
		log_error("--web-open needs --web");
	else
		return 0;
	return hint();
}

/* What the kernel can decide of --where goes there; what waits for TIME_WAIT's end has its records wait, too. */
static int finish_where(struct options *o)
{
	int err = 0;

	for (size_t i = 0; i < o->where_count && !err; i++) {
		if (query_needs_whole(o->where[i]) && !o->whole) {
			o->whole = true;
			log_notice("--where asks how TIME_WAIT or FIN_WAIT2 ended: records are held back until then, "
				   "as with --whole");
		}
		if (!options_offline(o))
			err = query_narrow(o->where[i], &o->filter, &o->ports);
	}
	return err ? log_errno(err, "--where") : 0;
}

/* What shows a table while it is filled, or every event, has none of several hosts. */
static int check_replays(const struct options *o)
{
	for (size_t i = 0; i < o->sink_count && o->replay_count > 1; i++) {
		const struct sink_ops *ops = sink_find(o->sink[i].name);

		if (!ops->event && !ops->listens && !ops->finds && !ops->stays)
			continue;
		log_error("output %s takes one recording, but %zu were given", ops->name, o->replay_count);
		return hint();
	}
	return 0;
}

static int finish(struct parse *p)
{
	struct options *o = p->o;
	int err;

	if (options_offline(o) && p->live_only) {
		log_error("--%s applies to the running kernel and cannot be used with --%s", p->live_only,
			  o->replay_count ? "replay" : "pcap");
		return hint();
	}
	if (o->replay_count && o->pcap_count) {
		log_error("a recording and a capture cannot be read together");
		return hint();
	}
	if (!o->pcap_count && (p->checksums || o->vlan_key)) {
		log_error("--%s needs --pcap", p->checksums ?: "vlan-key");
		return hint();
	}
	if (!options_offline(o) && (o->since_ns || o->until_ns)) {
		log_error("--%s looks back: it needs --replay or --pcap", o->since_ns ? "since" : "until");
		return hint();
	}
	if (o->since_ns && o->until_ns && o->since_ns > o->until_ns) {
		log_error("--since is later than --until");
		return hint();
	}
	if (!options_offline(o) && o->zeek) {
		log_error("--timeouts needs --pcap");
		return hint();
	}
	if (p->ipv4 != p->ipv6)
		o->filter.family = p->ipv4 ? 4 : 6;
	/* Before --where adds one of its own. */
	if (o->filter.pid && !options_offline(o) && o->run == RUN_TRACE && option_pid(&o->filter.pid))
		return hint();
	err = finish_where(o) ?: check_files(o) ?: check_paths(o) ?: check_rows(o) ?: check_servers(o);
	if (!err)
		err = check_interfaces(o);
	if (!err)
		err = default_sinks(p);
	return err ?: check_replays(o) ?: check_stdout(o);
}

/* Behind the first "--" stands a command. How many words are before it. */
static int split_command(int argc, char **argv, char ***command)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		*command = argv + i + 1;
		return i;
	}
	return argc;
}

static int check_command(const struct options *o)
{
	if (!o->command)
		return 0;
	if (!o->command[0])
		log_error("behind -- the command is missing that is to be run and followed");
	else if (options_offline(o))
		log_error("a command is run with the kernel's events, not with those of a file");
	else if (o->run != RUN_TRACE)
		log_error("--features and --self-test run no command");
	else
		return 0;
	return hint();
}

int option_parse(int argc, char **argv, struct options *out)
{
	struct options o = { .buffer_bytes = 16 << 20,
			     .max_connections = 1 << 20,
			     .queue_bytes = 16 << 20,
			     .checksums = DISSECT_CHECKSUMS_JUDGE,
			     .no_sandbox = SANDBOX_OFF,
			     .file_mode = 0600 };
	struct parse p = { .o = &o };
	int err;

	argc = split_command(argc, argv, &o.command);
	if (o.command) /* getopt() takes the NULL behind its last word for granted */
		argv[argc] = NULL;
	err = read_options(&p, argc, argv) ?: check_command(&o);
	if (!err)
		err = finish(&p);
	if (err) {
		options_free(&o);
		return err;
	}
	*out = o;
	return 0;
}
