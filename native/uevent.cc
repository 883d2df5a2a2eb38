// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's messages about CPUs, on a netlink socket in the event loop of the thread that opens
// it. The socket keeps neither the loop nor the process alive. What is not about CPUs is filtered
// out in the kernel, so a machine with many devices that come and go is not woken for them.
#include <cerrno>
#include <cstring>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "addon.h"

namespace {

// The multicast group of the kernel itself; udev's is 2.
constexpr unsigned int KERNEL_GROUP = 1;
// Longer than any that the kernel sends (UEVENT_BUFFER_SIZE and the header).
constexpr size_t MESSAGE_MAX = 8192;
// Messages that are taken before other things of the event loop have their turn.
constexpr int AT_ONCE = 64;

struct Socket {
	uv_poll_t poll;
	int fd;
	napi_env env;
	napi_ref callback;
	napi_async_context context;
	napi_async_cleanup_hook_handle hook;
	bool closing;
};

// "ACTION@/devices/system/cpu/": passes if the '@' comes behind an action as long as add, online
// (remove, change) or offline.
void filter(int fd)
{
	constexpr uint32_t actions[] = { 3, 6, 7 };
	// "/dev" "ices" "/sys" "tem/" "cpu/", as the filter loads them: in network order.
	constexpr uint32_t path[] = { 0x2f646576, 0x69636573, 0x2f737973, 0x74656d2f, 0x6370752f };
	constexpr int per_action = 2 + 2 * 5 + 1;
	sock_filter code[3 * per_action + 1];
	unsigned short n = 0;
	for (uint32_t length : actions) {
		int next = n + per_action;
		auto equal = [&](uint16_t size, uint32_t at, uint32_t value) {
			code[n++] = BPF_STMT(static_cast<uint16_t>(BPF_LD | BPF_ABS | size), at);
			// Jumps count from the instruction behind.
			uint8_t on_failure = static_cast<uint8_t>(next - (n + 1));
			code[n++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, on_failure);
		};
		equal(BPF_B, length, '@');
		for (uint32_t i = 0; i < 5; i++)
			equal(BPF_W, length + 1 + 4 * i, path[i]);
		code[n++] = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	}
	code[n++] = BPF_STMT(BPF_RET | BPF_K, 0);
	sock_fprog program = { n, code };
	// Without it the same messages are picked out in JavaScript.
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int open_socket()
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	filter(fd);
	sockaddr_nl address = {};
	address.nl_family = AF_NETLINK;
	address.nl_groups = KERNEL_GROUP;
	if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0) {
		int err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

// Bytes of the next message of the kernel, 0 if there is none now, or a negative errno. One that
// was cut off is -EMSGSIZE.
ssize_t receive(int fd, char *buffer)
{
	for (;;) {
		sockaddr_nl from = {};
		iovec vec = { buffer, MESSAGE_MAX };
		msghdr message = {};
		message.msg_name = &from;
		message.msg_namelen = sizeof(from);
		message.msg_iov = &vec;
		message.msg_iovlen = 1;
		ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
		if (length < 0) {
			if (errno == EINTR)
				continue;
			return errno == EAGAIN ? 0 : -errno;
		}
		// Any process may send to this socket; the kernel's number is 0.
		if (from.nl_pid != 0 || length == 0)
			continue;
		return (message.msg_flags & MSG_TRUNC) != 0 ? -EMSGSIZE : length;
	}
}

// Hand over a message, or a negative errno.
void tell(Socket *socket, ssize_t length, const char *buffer)
{
	napi_env env = socket->env;
	napi_handle_scope scope;
	napi_value callback, recv, argument, result;
	if (napi_open_handle_scope(env, &scope) != napi_ok)
		return;
	bool made;
	if (length < 0)
		made = napi_create_int32(env, static_cast<int32_t>(length), &argument) == napi_ok;
	else
		made = napi_create_buffer_copy(env, static_cast<size_t>(length), buffer, nullptr,
					       &argument) == napi_ok;
	if (made && napi_get_reference_value(env, socket->callback, &callback) == napi_ok &&
	    napi_get_global(env, &recv) == napi_ok &&
	    napi_make_callback(env, socket->context, recv, callback, 1, &argument, &result) ==
		    napi_pending_exception) {
		napi_value error;
		if (napi_get_and_clear_last_exception(env, &error) == napi_ok)
			napi_fatal_exception(env, error);
	}
	napi_close_handle_scope(env, scope);
}

void closed(uv_handle_t *handle)
{
	Socket *socket = static_cast<Socket *>(handle->data);
	close(socket->fd);
	if (socket->hook != nullptr)
		napi_remove_async_cleanup_hook(socket->hook);
	delete socket;
}

void begin_close(Socket *socket)
{
	if (socket->closing)
		return;
	socket->closing = true;
	uv_close(reinterpret_cast<uv_handle_t *>(&socket->poll), closed);
}

void readable(uv_poll_t *poll, int status, int)
{
	Socket *socket = static_cast<Socket *>(poll->data);
	char buffer[MESSAGE_MAX];
	for (int n = 0; n < AT_ONCE && !socket->closing; n++) {
		ssize_t length = status < 0 ? status : receive(socket->fd, buffer);
		if (length == 0)
			return;
		// Whatever may go on by itself: messages lost or cut off.
		bool goes_on = length > 0 || length == -ENOBUFS || length == -EMSGSIZE;
		if (!goes_on)
			uv_poll_stop(poll);
		tell(socket, length, buffer);
		if (!goes_on)
			return;
	}
}

void at_end(napi_async_cleanup_hook_handle, void *data)
{
	begin_close(static_cast<Socket *>(data));
}

// openUevents(callback): an object for closeUevents(), or a negative errno
Napi::Value open_uevents(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (!info[0].IsFunction()) {
		throw_type_error(env, "callback", "a function");
		return env.Undefined();
	}
	uv_loop_s *loop;
	if (napi_get_uv_event_loop(env, &loop) != napi_ok)
		return Napi::Number::New(env, -ENOSYS);
	int fd = open_socket();
	if (fd < 0)
		return Napi::Number::New(env, fd);
	Socket *socket = new Socket();
	socket->fd = fd;
	socket->env = env;
	int err = uv_poll_init(loop, &socket->poll, fd);
	if (err != 0) {
		close(fd);
		delete socket;
		return Napi::Number::New(env, err);
	}
	socket->poll.data = socket;
	napi_create_reference(env, info[0], 1, &socket->callback);
	napi_async_init(env, nullptr, Napi::String::New(env, "padata:uevents"), &socket->context);
	napi_add_async_cleanup_hook(env, at_end, socket, &socket->hook);
	uv_poll_start(&socket->poll, UV_READABLE, readable);
	uv_unref(reinterpret_cast<uv_handle_t *>(&socket->poll));
	return Napi::External<Socket>::New(env, socket);
}

// closeUevents(what openUevents() returned): once
Napi::Value close_uevents(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (!info[0].IsExternal()) {
		throw_type_error(env, "handle", "what openUevents() has returned");
		return env.Undefined();
	}
	Socket *socket = info[0].As<Napi::External<Socket>>().Data();
	if (!socket->closing) {
		napi_delete_reference(env, socket->callback);
		napi_async_destroy(env, socket->context);
		begin_close(socket);
	}
	return env.Undefined();
}

} // namespace

JS_FUNCTION(js_open_uevents, open_uevents)
JS_FUNCTION(js_close_uevents, close_uevents)
