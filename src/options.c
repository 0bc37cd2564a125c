// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "options.h"

#include <stdlib.h>

void options_free(struct options *o)
{
	free(o->ports);
	free(o->metrics_ports);
	free(o->pcap_filter);
	o->ports = o->metrics_ports = NULL;
	o->pcap_filter = NULL;
}
