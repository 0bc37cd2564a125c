/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the command line asks for. */
#ifndef TCPLIFE_OPTIONS_H
#define TCPLIFE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "core/capture/dissect.h"
#include "core/query/query.h"
#include "lib/strbuf.h"

#define OPTIONS_MAX_SINKS    16
#define OPTIONS_MAX_IFACES   64
#define OPTIONS_MAX_KAFKA    64
#define OPTIONS_MAX_CAPTURES 64
#define OPTIONS_MAX_WHERE    16
#define OPTIONS_MAX_REPLAYS  16

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum xdp_mode { XDP_MODE_AUTO, XDP_MODE_NATIVE, XDP_MODE_GENERIC, XDP_MODE_OFF };
/* --events=: which records have them. */
enum events_kept { EVENTS_ALL, EVENTS_ODD, EVENTS_NONE };
/* --hooks=: the highest rung of the ladder that may be used, and whether it must. */
enum hooks_mode { HOOKS_AUTO, HOOKS_FENTRY, HOOKS_KPROBE, HOOKS_TRACEPOINT };
/* --kafka-format=: what goes to the topic. */
enum kafka_format { KAFKA_RECORDS, KAFKA_ROWS, KAFKA_BOTH };
enum run_mode { RUN_TRACE, RUN_FEATURES, RUN_SELF_TEST };

struct sink_choice {
	const char *name;
	const char *arg; /* NULL = none */
};

struct options {
	enum run_mode run;
	struct filter_config filter;
	struct port_filter *ports;	   /* NULL = no port filter */
	struct port_filter *metrics_ports; /* NULL = none listed */
	uint32_t metrics_labels;	   /* as metric_labels_parse() has it; 0 = none */
	/* what else is asked for: all of them */
	struct query *where[OPTIONS_MAX_WHERE];
	size_t where_count;
	uint64_t since_ns, until_ns; /* --since, --until: open then, in ns since 1970; 0 = whenever */
	struct strbuf asked;	     /* the filters as they were given, a space before each */
	const char *cgroup;	     /* the last --cgroup, below the mount point; NULL = none */
	char *unit;		     /* the last --unit, with its kind; NULL = none */
	struct query *slo;	     /* --slo: what every connection is to fit; NULL = nothing */
	const char *slo_text;
	char **command;	       /* behind "--": what to run and follow; NULL = nothing */
	const char *netns;     /* as given; NULL = the current one for interfaces, all for sockets */
	const char *host_root; /* where the host's files are; NULL = they are this one's */
	const char *iface[OPTIONS_MAX_IFACES];
	size_t iface_count; /* 0 = lo and all that are up */
	uint64_t count;	    /* -c: stop after so many closed connections; 0 = no limit */
	struct sink_choice sink[OPTIONS_MAX_SINKS];
	size_t sink_count; /* the table if the user named none */
	const char *replay[OPTIONS_MAX_REPLAYS];
	size_t replay_count; /* recordings instead of the kernel; 0 = none */
	const char *pcap[OPTIONS_MAX_CAPTURES];
	size_t pcap_count;		  /* captures instead of the kernel; 0 = none */
	char *pcap_filter;		  /* trailing words; NULL = all */
	enum dissect_checksums checksums; /* --checksums, -C */
	bool vlan_key;			  /* tags are part of the tuple */
	bool uses_stdout;		  /* some output writes there */
	unsigned int zeek;		  /* --timeouts=zeek: a captured connection ends by Zeek's deadlines */
	uint64_t rotate_bytes;		  /* --rotate: a piece of the recording is finished at this length; 0 = never */
	uint64_t rotate_secs;		  /* ... or at this age; 0 = never */
	unsigned int rotate_keep;	  /* --keep: so many finished pieces stay; 0 = all */
	uint64_t keep_bytes, keep_secs;	  /* --keep: of recordings in a directory, so much; 0 = not bounded by it */
	bool rotate;			  /* --rotate was given */
	unsigned int file_mode;		  /* --file-mode: of files that are made */
	const char *web_token;		  /* --web-token: a file; NULL = none */
	bool web_open;			  /* --web-open: every user may see the page */
	bool uncompressed;		  /* the recording, without zstd */
	bool whole;			  /* hold a record back until TIME_WAIT is over */
	bool older;			  /* list what existed before tracing and ended in order */
	enum events_kept events;	  /* --events: in records */
	bool explain;			  /* the timeline explains each step */
	bool wide;			  /* -w: full IPv6 columns */
	bool names;			  /* --names, and no -n */
	bool time_of_day;		  /* -T */
	bool timestamp;			  /* -t: seconds since start */
	bool csv;			  /* -s */
	bool no_header;			  /* -H */
	bool summary;			  /* on exit */
	bool open;			  /* --open: also what is open */
	unsigned int open_secs;		  /* --open=SECS; 0 = on exit only */
	unsigned int summary_secs;	  /* --summary SECS; 0 = on exit only */
	enum color_when color;
	enum xdp_mode xdp;
	enum hooks_mode hooks;
	size_t buffer_bytes; /* --buffer: of the ring, a power of two */
	size_t max_connections;
	const char *kafka_property[OPTIONS_MAX_KAFKA]; /* -X: "name=value" or "@FILE" */
	size_t kafka_property_count;
	unsigned int kafka_format;  /* --kafka-format: KAFKA_* */
	bool clickhouse_tables;	    /* --clickhouse-tables */
	unsigned int sample;	    /* --sample: 1 in so many rows of orderly connections; 0 = all */
	size_t queue_bytes;	    /* --queue: most that waits for one receiver */
	bool quick;		    /* --self-test=quick: without waiting for TIME_WAIT */
	bool borrowed;		    /* the program has more rights than its caller, see privilege.h */
	bool no_sandbox;	    /* keep all capabilities and system calls */
	bool doctor;		    /* what is wrong is looked for: the exit status says whether something was found */
	unsigned int duration_secs; /* --duration: stop after so long; 0 = no limit */
};

/* Do the records come from files, whose time is not the host's? */
static inline bool options_offline(const struct options *o)
{
	return o->replay_count || o->pcap_count;
}

/* "live", "replay" or "pcap": where the records come from. */
static inline const char *options_capture(const struct options *o)
{
	return o->pcap_count ? "pcap" : o->replay_count ? "replay" : "live";
}

/* Does the user ask for this connection, as it is now? */
bool options_want(const struct options *o, const struct conn *c);
/* Is it open, known by its own name, and asked for? So those are chosen that a screen or a page shows as open. */
bool options_want_open(const struct options *o, const struct conn *c);
void options_free(struct options *o);

#endif
