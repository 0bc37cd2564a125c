/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A finding in words: what is wrong, the evidence, what to do, and the command that shows more. Pure. */
#ifndef TCPLIFE_DOCTOR_REPORT_H
#define TCPLIFE_DOCTOR_REPORT_H

#include "sink/doctor/findings.h"

/* Where the commands are to look. */
struct report_place {
	const char *file;		/* a recording or a capture; NULL = this host, now */
	const char *netns;		/* --netns; NULL = none given */
	const struct host_facts *facts; /* NULL = not known, or of another time */
};

/* Each adds one line without its end. style: HUMAN_*. */
void report_title(const struct finding *f, unsigned int style, struct strbuf *out);
void report_evidence(const struct finding *f, unsigned int style, struct strbuf *out);
void report_advice(const struct finding *f, const struct report_place *p, struct strbuf *out);
void report_command(const struct finding *f, const struct report_place *p, struct strbuf *out);

#endif
