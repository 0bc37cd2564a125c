/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which of librdkafka's properties a user may set: those that say what is sent, where to and how. None that loads a
 * plug-in or an engine, or runs a command. */
#ifndef TCPLIFE_KAFKA_PROPERTIES_H
#define TCPLIFE_KAFKA_PROPERTIES_H

#include <stddef.h>

enum kafka_property {
	KAFKA_PROPERTY_REFUSED, /* or unknown */
	KAFKA_PROPERTY_DATA,
	KAFKA_PROPERTY_FILE, /* names a file that is read: not for a program with more rights than its caller */
};

/* name need not end at len. */
enum kafka_property kafka_property_of(const char *name, size_t len);

#endif
