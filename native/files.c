// SPDX-License-Identifier: GPL-2.0-only
//
// The files of native/linux/helpers/files.h, for JavaScript.
#include <errno.h>
#include <stdlib.h>

#include "js.h"
#include "linux/helpers/files.h"

typedef ssize_t (*reader)(const char *path, char **text);

static napi_value text_of(napi_env env, napi_callback_info info, reader read)
{
	napi_value text;
	char path[1024], *content = NULL;

	napi_get_value_string_utf8(env, only_argument(env, info), path, sizeof(path), NULL);
	ssize_t length = read(path, &content);
	if (length < 0)
		return js_number(env, length);
	napi_create_string_utf8(env, content, (size_t)length, &text);
	free(content);
	return text;
}

/* fileRead(path): text or a negative errno */
napi_value js_file_read(napi_env env, napi_callback_info info)
{
	return text_of(env, info, file_read_all);
}

/* fileList(path): names, each with a newline, or a negative errno */
napi_value js_file_list(napi_env env, napi_callback_info info)
{
	return text_of(env, info, file_list);
}

/* fileWrite(path, text): bytes taken, or a negative errno */
napi_value js_file_write(napi_env env, napi_callback_info info)
{
	size_t argc = 2, length = 0;
	napi_value argv[2], ret;
	char path[1024];

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_string_utf8(env, argv[0], path, sizeof(path), NULL);
	napi_get_value_string_utf8(env, argv[1], NULL, 0, &length);
	char *text = malloc(length + 1);
	if (text == NULL)
		return js_number(env, -ENOMEM);
	napi_get_value_string_utf8(env, argv[1], text, length + 1, NULL);
	ret = js_number(env, file_write_all(path, text, length));
	free(text);
	return ret;
}
