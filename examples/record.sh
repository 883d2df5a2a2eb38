#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Record loopback.pcapng anew. Needs root, and ip, ethtool, tcpdump, ping, openssl, editcap (of Wireshark), node.
#
# The loopback device of a new network namespace has nobody else's traffic on it, and its MTU and offloads can be set
# so that packets have the sizes they have on a wire.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
ns=record-$$
ip netns add "$ns"
trap 'ip netns del "$ns"; rm -rf "$tmp"' EXIT

ip netns exec "$ns" ip link set lo mtu 1500 up
ip netns exec "$ns" ethtool -K lo tso off gso off gro off
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$tmp/key.pem" -out "$tmp/cert.pem" 2>/dev/null

ip netns exec "$ns" tcpdump -i lo -s 0 -U -w "$tmp/loopback.pcap" 2>"$tmp/log" &
tcpdump=$!
until grep -q 'listening on' "$tmp/log"; do sleep 0.1; done
ip netns exec "$ns" node "$here/traffic.mjs" "$tmp/cert.pem" "$tmp/key.pem"
sleep 1
kill -INT "$tcpdump"
wait "$tcpdump" || true
cat "$tmp/log" >&2

editcap -F pcapng "$tmp/loopback.pcap" "$here/loopback.pcapng"
