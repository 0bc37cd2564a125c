// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Who may ask for what. */
#include <string.h>
#include <strings.h>

#include "lib/http_private.h"

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

bool http_token_is_valid(const char *token)
{
	size_t len = strlen(token);

	for (size_t i = 0; i < len; i++)
		if (!is_token_char(token[i]))
			return false;
	return len >= HTTP_TOKEN_MIN && len <= HTTP_TOKEN_MAX;
}

/* In a time that says nothing of where they differ. */
static bool is_token(const char *token, const char *given)
{
	size_t len = strlen(token), given_len = given ? strlen(given) : 0;
	unsigned char differs = len != given_len;

	for (size_t i = 0; i < len; i++)
		differs |= (unsigned char)token[i] ^ (unsigned char)(i < given_len ? given[i] : 0);
	return !__builtin_expect(differs, 0);
}

static const char *bearer(const struct http_request *r)
{
	static const char scheme[] = "Bearer ";
	const char *text = http_header(r, "Authorization");

	if (!text || strncasecmp(text, scheme, strlen(scheme)))
		return NULL;
	return text + strlen(scheme) + strspn(text + strlen(scheme), " ");
}

static bool has_token(const struct http_server *s, const struct http_request *r)
{
	const char *token = s->http->access->token;

	return is_token(token, bearer(r)) ||
	       is_token(token, MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, s->cookie));
}

static bool is_user(const struct http_access *a, const struct http_peer *peer)
{
	if (!peer || !peer->has_uid)
		return false;
	for (size_t i = 0; i < a->users; i++)
		if (a->user[i] == peer->uid)
			return true;
	return false;
}

unsigned int http_guard(const struct http_server *s, const struct http_request *r, enum http_audience audience,
			const char **why)
{
	const struct http_access *a = s->http->access;

	if (audience == HTTP_FOR_ALL || s->address.path)
		return 0;
	if (a->token) {
		*why = "this asks for the token: open /?token=TOKEN, or send Authorization: Bearer TOKEN\n";
		return has_token(s, r) ? 0 : MHD_HTTP_UNAUTHORIZED;
	}
	*why = "this names the processes and addresses of all users: it is for root and for who started it; others "
	       "need --web-token, --web-open or --web=unix:PATH\n";
	if (audience == HTTP_FOR_SCRAPERS || a->open || is_user(a, http_client_peer(r->connection)))
		return 0;
	return MHD_HTTP_FORBIDDEN;
}

bool http_guard_is_login(const struct http_server *s, const struct http_request *r, const char *path)
{
	const char *token = s->http->access->token, *given = http_query(r, "token");

	return token && given && !s->address.path && !strcmp(path, "/") && is_token(token, given);
}
