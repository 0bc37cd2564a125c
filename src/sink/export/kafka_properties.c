// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/export/kafka_properties.h"

#include <stdbool.h>
#include <string.h>

static const char *const data[] = {
	"acks",
	"allow.auto.create.topics",
	"batch.num.messages",
	"batch.size",
	"broker.address.family",
	"broker.address.ttl",
	"client.dns.lookup",
	"client.id",
	"client.rack",
	"compression.codec",
	"compression.level",
	"compression.type",
	"connections.max.idle.ms",
	"debug",
	"delivery.timeout.ms",
	"enable.gapless.guarantee",
	"enable.idempotence",
	"enable.sasl.oauthbearer.unsecure.jwt",
	"enable.ssl.certificate.verification",
	"linger.ms",
	"log_level",
	"max.in.flight",
	"max.in.flight.requests.per.connection",
	"message.copy.max.bytes",
	"message.max.bytes",
	"message.send.max.retries",
	"message.timeout.ms",
	"metadata.max.age.ms",
	"partitioner",
	"queue.buffering.max.kbytes",
	"queue.buffering.max.messages",
	"queue.buffering.max.ms",
	"receive.message.max.bytes",
	"reconnect.backoff.max.ms",
	"reconnect.backoff.ms",
	"request.required.acks",
	"request.timeout.ms",
	"retries",
	"retry.backoff.max.ms",
	"retry.backoff.ms",
	"sasl.mechanism",
	"sasl.mechanisms",
	"sasl.oauthbearer.client.id",
	"sasl.oauthbearer.client.secret",
	"sasl.oauthbearer.config",
	"sasl.oauthbearer.extensions",
	"sasl.oauthbearer.method",
	"sasl.oauthbearer.scope",
	"sasl.oauthbearer.token.endpoint.url",
	"sasl.password",
	"sasl.username",
	"security.protocol",
	"socket.connection.setup.timeout.ms",
	"socket.keepalive.enable",
	"socket.max.fails",
	"socket.nagle.disable",
	"socket.send.buffer.bytes",
	"socket.timeout.ms",
	"ssl.ca.pem",
	"ssl.certificate.pem",
	"ssl.cipher.suites",
	"ssl.curves.list",
	"ssl.endpoint.identification.algorithm",
	"ssl.key.password",
	"ssl.key.pem",
	"ssl.keystore.password",
	"ssl.sigalgs.list",
	"sticky.partitioning.linger.ms",
};

static const char *const files[] = {
	"ssl.ca.location", "ssl.certificate.location", "ssl.crl.location", "ssl.key.location", "ssl.keystore.location",
};

static bool is_among(const char *const *list, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == len && !memcmp(list[i], name, len))
			return true;
	return false;
}

enum kafka_property kafka_property_of(const char *name, size_t len)
{
	if (is_among(data, sizeof(data) / sizeof(data[0]), name, len))
		return KAFKA_PROPERTY_DATA;
	if (is_among(files, sizeof(files) / sizeof(files[0]), name, len))
		return KAFKA_PROPERTY_FILE;
	return KAFKA_PROPERTY_REFUSED;
}
