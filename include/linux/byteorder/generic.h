// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/byteorder/generic.h>.
#ifndef PADATA_LINUX_BYTEORDER_GENERIC_H
#define PADATA_LINUX_BYTEORDER_GENERIC_H

#include <linux/swab.h>
#include <linux/types.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define padata_le(bits, x) ((__u##bits)(x))
#define padata_be(bits, x) ((__u##bits)swab##bits(x))
#else
#define padata_le(bits, x) ((__u##bits)swab##bits(x))
#define padata_be(bits, x) ((__u##bits)(x))
#endif

#define cpu_to_le16(x) ((__force __le16)padata_le(16, x))
#define cpu_to_le32(x) ((__force __le32)padata_le(32, x))
#define cpu_to_le64(x) ((__force __le64)padata_le(64, x))
#define cpu_to_be16(x) ((__force __be16)padata_be(16, x))
#define cpu_to_be32(x) ((__force __be32)padata_be(32, x))
#define cpu_to_be64(x) ((__force __be64)padata_be(64, x))
#define le16_to_cpu(x) padata_le(16, (__force __u16)(__le16)(x))
#define le32_to_cpu(x) padata_le(32, (__force __u32)(__le32)(x))
#define le64_to_cpu(x) padata_le(64, (__force __u64)(__le64)(x))
#define be16_to_cpu(x) padata_be(16, (__force __u16)(__be16)(x))
#define be32_to_cpu(x) padata_be(32, (__force __u32)(__be32)(x))
#define be64_to_cpu(x) padata_be(64, (__force __u64)(__be64)(x))

#define cpu_to_le16p(p) cpu_to_le16(*(p))
#define cpu_to_le32p(p) cpu_to_le32(*(p))
#define cpu_to_le64p(p) cpu_to_le64(*(p))
#define cpu_to_be16p(p) cpu_to_be16(*(p))
#define cpu_to_be32p(p) cpu_to_be32(*(p))
#define cpu_to_be64p(p) cpu_to_be64(*(p))
#define le16_to_cpup(p) le16_to_cpu(*(p))
#define le32_to_cpup(p) le32_to_cpu(*(p))
#define le64_to_cpup(p) le64_to_cpu(*(p))
#define be16_to_cpup(p) be16_to_cpu(*(p))
#define be32_to_cpup(p) be32_to_cpu(*(p))
#define be64_to_cpup(p) be64_to_cpu(*(p))

#define cpu_to_le16s(p) ((void)(*(p) = cpu_to_le16(*(p))))
#define cpu_to_le32s(p) ((void)(*(p) = cpu_to_le32(*(p))))
#define cpu_to_le64s(p) ((void)(*(p) = cpu_to_le64(*(p))))
#define cpu_to_be16s(p) ((void)(*(p) = cpu_to_be16(*(p))))
#define cpu_to_be32s(p) ((void)(*(p) = cpu_to_be32(*(p))))
#define cpu_to_be64s(p) ((void)(*(p) = cpu_to_be64(*(p))))
#define le16_to_cpus(p) cpu_to_le16s(p)
#define le32_to_cpus(p) cpu_to_le32s(p)
#define le64_to_cpus(p) cpu_to_le64s(p)
#define be16_to_cpus(p) cpu_to_be16s(p)
#define be32_to_cpus(p) cpu_to_be32s(p)
#define be64_to_cpus(p) cpu_to_be64s(p)

static inline void le32_to_cpu_array(u32 *buf, unsigned int words)
{
	while (words--) {
		*buf = le32_to_cpu(*buf);
		buf++;
	}
}

static inline void cpu_to_le32_array(u32 *buf, unsigned int words)
{
	le32_to_cpu_array(buf, words);
}

static inline void be32_to_cpu_array(u32 *dst, const __be32 *src, size_t len)
{
	for (size_t i = 0; i < len; i++)
		dst[i] = be32_to_cpu(src[i]);
}

static inline void cpu_to_be32_array(__be32 *dst, const u32 *src, size_t len)
{
	for (size_t i = 0; i < len; i++)
		dst[i] = cpu_to_be32(src[i]);
}

static inline void le16_add_cpu(__le16 *var, u16 val)
{
	*var = cpu_to_le16(le16_to_cpu(*var) + val);
}

static inline void le32_add_cpu(__le32 *var, u32 val)
{
	*var = cpu_to_le32(le32_to_cpu(*var) + val);
}

static inline void le64_add_cpu(__le64 *var, u64 val)
{
	*var = cpu_to_le64(le64_to_cpu(*var) + val);
}

static inline void be16_add_cpu(__be16 *var, u16 val)
{
	*var = cpu_to_be16(be16_to_cpu(*var) + val);
}

static inline void be32_add_cpu(__be32 *var, u32 val)
{
	*var = cpu_to_be32(be32_to_cpu(*var) + val);
}

static inline void be64_add_cpu(__be64 *var, u64 val)
{
	*var = cpu_to_be64(be64_to_cpu(*var) + val);
}

#endif
