// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The facts that are traced, and for each its rungs, best first. Decides by probing which rung is used. A new hook is
 * a row in rungs[].
 */
#include "source/ladder.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "source/probe.h"

#define RUNG_PROGRAMS 3
#define WHY_SIZE      160
#define SECTION_SIZE  64

enum fact {
	FACT_STATES,
	FACT_TIMEWAIT,
	FACT_RETRANSMITS,
	FACT_RESETS,
	FACT_ERRORS,
	FACT_DROPS,
	FACT_FREED,
	FACT_ACCEPTS,
	FACT_EXISTING,
	FACT_OWNERS,
	FACTS,
};

static const struct {
	enum event_kind kind; /* that its programs send */
	const char *name;
	const char *without; /* what is missing when no rung is accepted; NULL = nothing works without */
	/* What the kernel skips of its programs is made good, or as good as never of interest (drops: nearly always a
	 * packet of another protocol, and a refused segment leaves the sockets' own steps as they are). */
	bool may_skip;
} facts[FACTS] = {
	[FACT_STATES] = { EVENT_STATE, "state changes", .may_skip = true },
	[FACT_TIMEWAIT] = { EVENT_TIMEWAIT, "TIME_WAIT's end",
			    .without = "how long TIME_WAIT really lasts stays unknown" },
	[FACT_RETRANSMITS] = { EVENT_RETRANSMIT, "retransmits",
			       .without = "retransmits are counted only when a connection closes" },
	[FACT_RESETS] = { EVENT_RESET, "resets", .without = "the reasons of resets stay unknown" },
	[FACT_ERRORS] = { EVENT_ERROR, "errors reported",
			  .without = "an error that a process took before its socket closed is not seen",
			  .may_skip = true },
	[FACT_DROPS] = { EVENT_DROP, "segments not accepted",
			 .without = "a segment that TCP refused looks like one that it took", .may_skip = true },
	[FACT_FREED] = { EVENT_FREE, "sockets freed",
			 .without = "sockets held open after their connection's end are not seen", .may_skip = true },
	[FACT_ACCEPTS] = { EVENT_ACCEPT, "who accepted",
			   .without = "the acceptor of a connection stays unknown until it closes" },
	[FACT_EXISTING] = { EVENT_EXISTING, "connections at start",
			    .without = "connections older than the tracer are reported only from their next event on" },
	[FACT_OWNERS] = { EVENT_NONE, "owners at start",
			  .without = "the owners of sockets older than the tracer stay unknown" },
};

/* Best first. All programs of a rung are needed. */
static const struct rung {
	enum fact fact;
	const char *program[RUNG_PROGRAMS];
	bool gives_cookie; /* its hook hands out a pointer that the cookie helper takes */
} rungs[] = {
	{ FACT_STATES, .program = { "state_btf", "state_nested_btf" }, .gives_cookie = true },
	{ FACT_STATES, .program = { "state_classic" } },
	{ FACT_TIMEWAIT, .program = { "timewait_kill_fentry", "timewait_schedule_fentry", "timewait_segment_fentry" } },
	{ FACT_TIMEWAIT, .program = { "timewait_kill_kprobe", "timewait_schedule_kprobe", "timewait_segment_kprobe" } },
	{ FACT_TIMEWAIT, .program = { "timewait_timer_expire", "timewait_timer_cancel" } },
	{ FACT_RETRANSMITS, .program = { "retransmit_segment_btf", "retransmit_synack_btf" } },
	{ FACT_RETRANSMITS, .program = { "retransmit_segment_classic", "retransmit_synack_classic" } },
	{ FACT_RESETS, .program = { "reset_sent_btf", "reset_received_btf" } },
	{ FACT_RESETS, .program = { "reset_sent_classic", "reset_received_classic" } },
	{ FACT_ERRORS, .program = { "error_btf" } },
	{ FACT_DROPS, .program = { "drop_btf" } },
	{ FACT_FREED, .program = { "free_btf", "free_nested_btf" } },
	{ FACT_ACCEPTS, .program = { "accept_fexit" } },
	{ FACT_ACCEPTS, .program = { "accept_kprobe" } },
	{ FACT_ACCEPTS, .program = { "accept_syscall", "accept4_syscall" } },
	{ FACT_EXISTING, .program = { "snapshot_sockets" } },
	{ FACT_OWNERS, .program = { "snapshot_owners" } },
};

#define RUNGS ((int)(sizeof(rungs) / sizeof(rungs[0])))
#define NONE  (-1)

struct ladder {
	enum hooks_mode mode;
	struct btf *btf;
	int stands_on[FACTS]; /* index into rungs[], or NONE */
	int err[RUNGS];	      /* why a rung was refused; 0 = it was not, or was not asked */
	char why[RUNGS][WHY_SIZE];
	char section[RUNGS][RUNG_PROGRAMS][SECTION_SIZE]; /* "fentry/inet_twsk_kill" */
	int event[RUNGS][RUNG_PROGRAMS];		  /* of probe_hook(), or -1 */
	bool has_cookie;
};

static void note_sections(struct ladder *l, const struct bpf_object *obj)
{
	for (int r = 0; r < RUNGS; r++)
		for (int i = 0; i < RUNG_PROGRAMS && rungs[r].program[i]; i++) {
			const struct bpf_program *p = bpf_object__find_program_by_name(obj, rungs[r].program[i]);

			if (p)
				snprintf(l->section[r][i], SECTION_SIZE, "%s", bpf_program__section_name(p));
		}
}

static bool is_fentry(const char *section)
{
	return !strncmp(section, "fentry/", 7) || !strncmp(section, "fexit/", 6);
}

static bool is_kprobe(const char *section)
{
	return !strncmp(section, "kprobe/", 7);
}

/* --hooks=: is this rung to be left out? */
static bool is_excluded(const struct ladder *l, const char *section)
{
	switch (l->mode) {
	case HOOKS_KPROBE:
		return is_fentry(section);
	case HOOKS_TRACEPOINT:
		return is_fentry(section) || is_kprobe(section);
	default:
		return false;
	}
}

/* --hooks=: must this rung be accepted? */
static bool is_demanded(const struct ladder *l, const char *section)
{
	return (l->mode == HOOKS_FENTRY && is_fentry(section)) || (l->mode == HOOKS_KPROBE && is_kprobe(section));
}

static void close_events(struct ladder *l, int r)
{
	for (int i = 0; i < RUNG_PROGRAMS; i++) {
		if (l->event[r][i] >= 0)
			close(l->event[r][i]);
		l->event[r][i] = -1;
	}
}

static int probe_rung(struct ladder *l, int r)
{
	int err = 0;

	if (is_excluded(l, l->section[r][0])) {
		snprintf(l->why[r], WHY_SIZE, "left out by --hooks");
		return l->err[r] = -ECANCELED;
	}
	for (int i = 0; !err && i < RUNG_PROGRAMS && rungs[r].program[i]; i++)
		err = probe_hook(l->btf, l->section[r][i], &l->event[r][i], l->why[r], WHY_SIZE);
	if (err)
		close_events(l, r);
	return l->err[r] = err;
}

static void climb(struct ladder *l, enum fact fact)
{
	l->stands_on[fact] = NONE;
	for (int r = 0; r < RUNGS; r++) {
		if (rungs[r].fact != fact || l->err[r])
			continue;
		if (!probe_rung(l, r)) {
			l->stands_on[fact] = r;
			return;
		}
		if (is_demanded(l, l->section[r][0]))
			return;
	}
}

/* All facts must use the same id, and the classic tracepoint gives no pointer that the cookie helper takes. */
static void decide_cookie(struct ladder *l)
{
	int r = l->stands_on[FACT_STATES];

	l->has_cookie = r != NONE && rungs[r].gives_cookie && probe_socket_cookie(l->btf);
}

int ladder_new(const struct options *o, const struct bpf_object *obj, struct ladder **out)
{
	struct ladder *l = calloc(1, sizeof(*l));

	if (!l)
		return log_errno(-ENOMEM, "ladder of hooks");
	l->mode = o->hooks;
	memset(l->event, -1, sizeof(l->event));
	note_sections(l, obj);
	l->btf = btf__load_vmlinux_btf();
	if (!l->btf) {
		ladder_free(&l);
		log_error("this kernel does not describe its types (no /sys/kernel/btf/vmlinux); "
			  "use one built with CONFIG_DEBUG_INFO_BTF=y, as distributions' kernels are since about 5.10");
		return -EOPNOTSUPP;
	}
	for (enum fact f = 0; f < FACTS; f++)
		climb(l, f);
	decide_cookie(l);
	*out = l;
	return 0;
}

void ladder_free(struct ladder **l)
{
	if (!*l)
		return;
	for (int r = 0; r < RUNGS; r++)
		close_events(*l, r);
	btf__free((*l)->btf);
	free(*l);
	*l = NULL;
}

struct btf *ladder_btf(const struct ladder *l)
{
	return l->btf;
}

bool ladder_has_cookie(const struct ladder *l)
{
	return l->has_cookie;
}

static bool rung_has(const struct rung *r, const char *program)
{
	for (int i = 0; i < RUNG_PROGRAMS && r->program[i]; i++)
		if (!strcmp(r->program[i], program))
			return true;
	return false;
}

enum event_kind ladder_kind_skipped(const char *program)
{
	for (int r = 0; r < RUNGS; r++)
		if (rung_has(&rungs[r], program))
			return facts[rungs[r].fact].may_skip ? EVENT_NONE : facts[rungs[r].fact].kind;
	return EVENT_NONE;
}

bool ladder_uses(const struct ladder *l, const char *program)
{
	for (enum fact f = 0; f < FACTS; f++)
		if (l->stands_on[f] != NONE && rung_has(&rungs[l->stands_on[f]], program))
			return true;
	return false;
}

int ladder_take_event(struct ladder *l, const char *program)
{
	int *event = NULL;

	for (int r = 0; r < RUNGS; r++)
		for (int i = 0; i < RUNG_PROGRAMS && rungs[r].program[i]; i++)
			if (!strcmp(rungs[r].program[i], program))
				event = &l->event[r][i];
	return event ? TAKE_FD(*event) : -1;
}

void ladder_demote(struct ladder *l, const char *program, int err, const char *reason)
{
	for (int r = 0; r < RUNGS; r++) {
		if (!rung_has(&rungs[r], program))
			continue;
		l->err[r] = err;
		close_events(l, r);
		snprintf(l->why[r], WHY_SIZE, "%s: %s", strerror(-err), reason);
		climb(l, rungs[r].fact);
	}
	decide_cookie(l);
}

/* Of several refused rungs the best one's reason is reported. */
static const char *refusal(const struct ladder *l, enum fact fact)
{
	for (int r = 0; r < RUNGS; r++)
		if (rungs[r].fact == fact && l->err[r] && l->err[r] != -ECANCELED)
			return l->why[r];
	return "left out by --hooks";
}

/* --hooks=fentry for a fact whose fentry rung was refused. */
static bool demand_failed(const struct ladder *l, enum fact fact)
{
	for (int r = 0; r < RUNGS; r++)
		if (rungs[r].fact == fact && l->err[r] && is_demanded(l, l->section[r][0]))
			return true;
	return false;
}

int ladder_check(const struct ladder *l)
{
	for (enum fact f = 0; f < FACTS; f++) {
		if (l->stands_on[f] != NONE)
			continue;
		if (!facts[f].without) {
			log_error("cannot trace %s: %s", facts[f].name, refusal(l, f));
			return -EOPNOTSUPP;
		}
		if (demand_failed(l, f)) {
			log_error("%s by --hooks=%s: %s; use --hooks=auto", facts[f].name,
				  l->mode == HOOKS_FENTRY ? "fentry" : "kprobe", refusal(l, f));
			return -EOPNOTSUPP;
		}
		log_verbose("%s: %s", facts[f].without, refusal(l, f));
	}
	return 0;
}

static void print_rung(const struct ladder *l, int r, FILE *out)
{
	const char *section = l->section[r][0];

	fprintf(out, "%.*s", (int)strcspn(section, "/"), section);
	for (int i = 0; i < RUNG_PROGRAMS && rungs[r].program[i]; i++) {
		if (i && !strcmp(l->section[r][i], l->section[r][i - 1]))
			continue; /* two programs on one hook */
		section = strrchr(l->section[r][i], '/');
		fprintf(out, "%s %s", i ? "," : "", section ? section + 1 : "?");
	}
}

static void print_fact(const struct ladder *l, enum fact fact, FILE *out)
{
	int stands_on = l->stands_on[fact];

	fprintf(out, "%-22s", facts[fact].name);
	if (stands_on == NONE)
		fprintf(out, "nothing: %s", facts[fact].without ? facts[fact].without : "required");
	else
		print_rung(l, stands_on, out);
	fputc('\n', out);
	for (int r = 0; r < RUNGS; r++) {
		if (rungs[r].fact != fact || !l->err[r])
			continue;
		fprintf(out, "%-24snot ", "");
		print_rung(l, r, out);
		fprintf(out, ": %s\n", l->why[r]);
	}
}

void ladder_print(const struct ladder *l, FILE *out)
{
	for (enum fact f = 0; f < FACTS; f++) {
		print_fact(l, f, out);
		if (f == FACT_STATES && l->stands_on[f] != NONE)
			fprintf(out, "%-22slooked up in the hash of sockets at the state change to CLOSE\n",
				"TIME_WAIT's start");
	}
	fprintf(out, "%-22s%s\n", "identity",
		l->has_cookie ? "socket cookie" : "address of the socket (cookies in tracing programs came with 5.12)");
}

void ladder_hooks(const struct ladder *l, struct strbuf *out)
{
	for (int fact = 0; fact < FACTS; fact++) {
		int r = l->stands_on[fact];

		for (int i = 0; r != NONE && i < RUNG_PROGRAMS && l->section[r][i][0]; i++)
			strbuf_printf(out, "%s%s", out->len ? " " : "", l->section[r][i]);
	}
}
