// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/container_state.h"

#include <stdio.h>

#include "lib/strbuf.h"
#include "test.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct strbuf all;

static void on_found(void *ctx, const char *id, const struct container_names *n)
{
	strbuf_printf(&all, "%.4s:%s:%s:%s:%s;", id, n->name, n->runtime, n->pod, n->k8s_name);
}

typedef void (*read_fn)(const char *text, size_t len, container_found_fn found, void *ctx);

static const char *found(read_fn read, const char *text)
{
	strbuf_reset(&all);
	read(text, strlen(text), on_found, NULL);
	return strbuf_text(&all);
}

CASE(dockers_file)
{
	CHECK_EQ_STR(found(container_state_docker, "{\"State\":{\"Pid\":1},\"ID\":\"" ID "\",\"Name\":\"/web\"}"),
		     "0123:web:docker::;");
	CHECK_EQ_STR(found(container_state_docker, "{\"ID\":\"" ID "\",\"Name\":\"/k8s_nginx_web-0_shop_"
						   "d9a1c2f0-3b5e-4f60-8c1d-0123456789ab_0\"}"),
		     "0123:k8s_nginx_web-0_shop_d9a1c2f0-3b5e-4f60-8c1d-0123456789ab_0:docker:web-0:nginx;");
}

CASE(the_storages_file)
{
	CHECK_EQ_STR(found(container_state_storage, "[{\"id\":\"" ID "\",\"names\":[\"a\",\"b\"]},{\"id\":\"" ID2
						    "\",\"names\":[\"c\"],\"flags\":{\"Volatile\":true}}]"),
		     "0123:a:::;f123:c:::;");
	CHECK_EQ_STR(found(container_state_storage, "[]"), "");
}

CASE(files_of_another_form)
{
	static const char *const texts[] = {
		"",
		"{",
		"null",
		"[null, 1, [], {}]",
		"{\"ID\":1,\"Name\":\"/web\"}",
		"{\"ID\":\"" ID "\"}",
		"{\"ID\":\"" ID "\",\"Name\":\"/\"}",
		"{\"ID\":\"" ID "\",\"Name\":[\"web\"]}",
		"{\"ID\":\"../../etc\",\"Name\":\"/web\"}",
		"[{\"id\":\"" ID "\",\"names\":null}]",
		"[{\"id\":\"" ID "\",\"names\":[7]}]",
		"[{\"id\":\"" ID "x\",\"names\":[\"a\"]}]",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK_EQ_STR(found(container_state_docker, texts[i]), "");
		CHECK_EQ_STR(found(container_state_storage, texts[i]), "");
	}
}

CASE(a_name_that_is_too_long_is_left_out)
{
	char text[400];

	snprintf(text, sizeof(text), "{\"ID\":\"" ID "\",\"Name\":\"/%0127d\"}", 7);
	CHECK(*found(container_state_docker, text));
	snprintf(text, sizeof(text), "{\"ID\":\"" ID "\",\"Name\":\"/%0128d\"}", 7);
	CHECK_EQ_STR(found(container_state_docker, text), "");
}
