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
	int link_type;
	struct bpf_program program;
};

/* What stands in files is a LINKTYPE; where systems differ in their DLT, it has another number than libpcap's here. */
static int dlt_of_link_type(int link_type)
{
	switch (link_type) {
	case 100:
		return DLT_ATM_RFC1483;
	case 101:
		return DLT_RAW;
	case 102:
		return DLT_SLIP_BSDOS;
	case 103:
		return DLT_PPP_BSDOS;
	default:
		return link_type;
	}
}

static int add(struct capture_filters *f, const char *name, int link_type)
{
	struct capture_filter *list = reallocarray(f->list, f->count + 1, sizeof(*list));
	pcap_t *none = pcap_open_dead(dlt_of_link_type(link_type), 262144);
	int err = 0;

	f->list = list ?: f->list;
	if (!list || !none) {
		err = log_errno(-ENOMEM, "the capture filter");
	} else if (pcap_compile(none, &list[f->count].program, f->text, 1, PCAP_NETMASK_UNKNOWN)) {
		log_error("the filter '%s' cannot be used on %s: %s", f->text, name, pcap_geterr(none));
		err = -EINVAL;
	} else {
		list[f->count++].link_type = link_type;
	}
	if (none)
		pcap_close(none);
	return err;
}

const struct bpf_program *capture_filter_for(struct capture_filters *f, const char *name, int link_type)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->list[i].link_type == link_type)
			return &f->list[i].program;
	return add(f, name, link_type) ? NULL : &f->list[f->count - 1].program;
}

void capture_filters_free(struct capture_filters *f)
{
	for (size_t i = 0; i < f->count; i++)
		pcap_freecode(&f->list[i].program);
	free(f->list);
	f->list = NULL;
	f->count = 0;
}
