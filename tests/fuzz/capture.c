// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --pcap of any file: pcap through libpcap, pcapng by our own reader, packets, fragments, the observer's state machine.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options = { .pcap_count = 1, .checksums = size % 3 };
	char path[FUZZ_PATH_SIZE];
	int fd;

	options.pcap[0] = fuzz_file(data, size, &fd, path);
	fuzz_source("pcap", &options, NULL);
	close(fd);
	return 0;
}
