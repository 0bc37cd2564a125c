// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The words that endings, exits and reasons have in the outputs. */
#include "core/ending.h"

#include "event.h"

/* The entry of a table, or what stands for a number outside of it. */
#define WORD(table, n, otherwise) ((n) < sizeof(table) / sizeof((table)[0]) && (table)[n] ? (table)[n] : (otherwise))

#define _(name, text, help) [ENDING_##name] = (text),
static const char *const ENDING_NAMES[] = { ENDINGS(_) };
#undef _
#define _(name, text, help) [ENDING_##name] = (help),
static const char *const ENDING_HELP[] = { ENDINGS(_) };
#undef _
#define _(name, text) [CLOSE_FORM_##name] = (text),
static const char *const CLOSE_FORM_NAMES[] = { CLOSE_FORMS(_) };
#undef _
#define _(name, text) [ENDED_BY_##name] = (text),
static const char *const ENDED_BY_NAMES[] = { ENDED_BYS(_) };
#undef _
#define _(name, text, help) [TIMEWAIT_EXIT_##name] = (text),
static const char *const TIMEWAIT_EXIT_NAMES[] = { TIMEWAIT_EXITS(_) };
#undef _
#define _(name, text, help) [TIMEWAIT_EXIT_##name] = (help),
static const char *const TIMEWAIT_EXIT_HELP[] = { TIMEWAIT_EXITS(_) };
#undef _
#define _(name, text, help) [FIN_WAIT2_FORM_##name] = (text),
static const char *const FIN_WAIT2_FORM_NAMES[] = { FIN_WAIT2_FORMS(_) };
#undef _
#define _(name, text, help) [FIN_WAIT2_EXIT_##name] = (text),
static const char *const FIN_WAIT2_EXIT_NAMES[] = { FIN_WAIT2_EXITS(_) };
#undef _
#define _(name) [RESET_##name] = #name,
static const char *const RESET_REASON_NAMES[] = { RESET_REASONS(_) };
#undef _
#define _(name) [DROP_##name] = #name,
static const char *const DROP_REASON_NAMES[] = { DROP_REASONS(_) };
#undef _
#define _(name, text) [VERDICT_EVIDENCE_##name] = (text),
static const char *const VERDICT_EVIDENCE_NAMES[] = { VERDICT_EVIDENCE(_) };
#undef _

const char *ending_name(enum ending e)
{
	return WORD(ENDING_NAMES, e, "unknown");
}

const char *ending_help(enum ending e)
{
	return WORD(ENDING_HELP, e, "");
}

const char *close_form_name(enum close_form f)
{
	return WORD(CLOSE_FORM_NAMES, f, "none");
}

const char *ended_by_name(enum ended_by b)
{
	return WORD(ENDED_BY_NAMES, b, "unknown");
}

const char *timewait_exit_name(enum timewait_exit e)
{
	return WORD(TIMEWAIT_EXIT_NAMES, e, "unknown");
}

const char *timewait_exit_help(enum timewait_exit e)
{
	return WORD(TIMEWAIT_EXIT_HELP, e, "");
}

const char *fin_wait2_form_name(enum fin_wait2_form f)
{
	return WORD(FIN_WAIT2_FORM_NAMES, f, "unknown");
}

const char *fin_wait2_exit_name(enum fin_wait2_exit e)
{
	return WORD(FIN_WAIT2_EXIT_NAMES, e, "unknown");
}

const char *reset_reason_name(unsigned int reason)
{
	return WORD(RESET_REASON_NAMES, reason, "UNKNOWN");
}

const char *drop_reason_name(unsigned int reason)
{
	return WORD(DROP_REASON_NAMES, reason, "UNKNOWN");
}

const char *verdict_evidence_name(enum verdict_evidence e)
{
	return WORD(VERDICT_EVIDENCE_NAMES, e, "unknown");
}
