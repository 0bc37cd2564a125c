// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/capture_filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "lib/log.h"

int capture_filter_check(const char *filter)
{
	pcap_t *none = pcap_open_dead(DLT_EN10MB, 262144);
	struct bpf_program program;
	int err = -ENOMEM;

	if (!none)
		return log_errno(err, "the capture filter");
	err = pcap_compile(none, &program, filter, 1, PCAP_NETMASK_UNKNOWN) ? -EINVAL : 0;
	if (err)
		log_error("'%s' is not a filter: %s", filter, pcap_geterr(none));
	else
		pcap_freecode(&program);
	pcap_close(none);
	return err;
}

struct capture_filter {
	int dlt;
	struct bpf_program program;
};

static int add(struct capture_filters *f, const char *name, int dlt)
{
	struct capture_filter *list = reallocarray(f->list, f->count + 1, sizeof(*list));
	pcap_t *none = pcap_open_dead(dlt, 262144);
	int err = 0;

	f->list = list ?: f->list;
	if (!list || !none) {
		err = log_errno(-ENOMEM, "the capture filter");
	} else if (pcap_compile(none, &list[f->count].program, f->text, 1, PCAP_NETMASK_UNKNOWN)) {
		log_error("the filter '%s' cannot be used on %s: %s", f->text, name, pcap_geterr(none));
		err = -EINVAL;
	} else {
		list[f->count++].dlt = dlt;
	}
	if (none)
		pcap_close(none);
	return err;
}

const struct bpf_program *capture_filter_for(struct capture_filters *f, const char *name, int dlt)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->list[i].dlt == dlt)
			return &f->list[i].program;
	return add(f, name, dlt) ? NULL : &f->list[f->count - 1].program;
}

void capture_filters_free(struct capture_filters *f)
{
	for (size_t i = 0; i < f->count; i++)
		pcap_freecode(&f->list[i].program);
	free(f->list);
	f->list = NULL;
	f->count = 0;
}
