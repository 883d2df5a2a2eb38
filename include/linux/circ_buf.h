// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/circ_buf.h>: how full a ring is, whose size is a power of two.
#ifndef PADATA_LINUX_CIRC_BUF_H
#define PADATA_LINUX_CIRC_BUF_H

struct circ_buf {
	char *buf;
	int head;
	int tail;
};

#define CIRC_CNT(head, tail, size) (((head) - (tail)) & ((size) - 1))
// One place stays free, to tell a full ring from an empty one.
#define CIRC_SPACE(head, tail, size) CIRC_CNT((tail), ((head) + 1), (size))
// The same without a step over the end of the buffer. The other side may move its index meanwhile.
#define CIRC_CNT_TO_END(head, tail, size) ({ \
	int end_ = (size) - (tail); \
	int n_ = ((head) + end_) & ((size) - 1); \
	n_ < end_ ? n_ : end_; \
})
#define CIRC_SPACE_TO_END(head, tail, size) ({ \
	int end_ = (size) - 1 - (head); \
	int n_ = (end_ + (tail)) & ((size) - 1); \
	n_ <= end_ ? n_ : end_ + 1; \
})

#endif
