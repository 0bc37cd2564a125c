// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --pcap of any file: pcap through libpcap, pcapng by our own reader, packets, fragments, checksums, sightings, order,
 * and the observer's state machine, by its packets and by Zeek's rules. What is compressed another program would read.
 */
#include "fuzz.h"

#include "source/decompress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options = { .pcap_count = 1, .checksums = size % 3, .zeek = size / 3 % 2 };
	char path[FUZZ_PATH_SIZE];
	int fd;

	if (decompress_tool(data, size))
		return 0;
	options.pcap[0] = fuzz_file(data, size, &fd, path);
	fuzz_source("pcap", &options, NULL);
	close(fd);
	return 0;
}
