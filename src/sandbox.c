// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

#include "lib/log.h"
#include "lib/strbuf.h"

static uint64_t held(void)
{
	uint64_t mask = 0;

	for (unsigned int cap = 0; cap <= (unsigned int)CAP_LAST_CAP; cap++)
		if (capng_have_capability(CAPNG_PERMITTED, cap))
			mask |= 1ULL << cap;
	return mask;
}

static void say_kept(uint64_t kept)
{
	struct strbuf names = { 0 };

	for (unsigned int cap = 0; cap <= (unsigned int)CAP_LAST_CAP; cap++) {
		const char *name = kept & 1ULL << cap ? capng_capability_to_name(cap) : NULL;

		if (name)
			strbuf_printf(&names, " %s", name);
	}
	log_verbose("capabilities kept:%s", names.len ? strbuf_text(&names) : " none");
	strbuf_free(&names);
}

int sandbox_drop_capabilities(uint64_t keep, unsigned int needs)
{
	uint64_t kept;

	if (capng_get_caps_process())
		return log_errno(-EIO, "cannot read the capabilities of this process");
	/*
	 * Root writes to other users' files: under sudo in somebody's home directory, where it created the file that is
	 * now rotated.
	 */
	if (needs & NEEDS_FILES)
		keep |= 1ULL << CAP_DAC_OVERRIDE;
	kept = held() & keep;
	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned int cap = 0; cap <= (unsigned int)CAP_LAST_CAP; cap++)
		if (kept & 1ULL << cap)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return log_errno(-errno, "cannot set no_new_privs");
	if (capng_apply(CAPNG_SELECT_CAPS))
		return log_errno(-EPERM, "cannot drop capabilities");
	say_kept(kept);
	return 0;
}
