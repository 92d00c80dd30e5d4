/* SPDX-License-Identifier: GPL-2.0 */
/* Byte order; the simulation runs on little-endian machines only. */
#ifndef SHIM_ASM_BYTEORDER_H
#define SHIM_ASM_BYTEORDER_H

#include_next <asm/byteorder.h>

#ifndef __LITTLE_ENDIAN_BITFIELD
#error "big-endian hosts are not supported"
#endif

#define cpu_to_le16(x)	__cpu_to_le16(x)
#define cpu_to_le32(x)	__cpu_to_le32(x)
#define cpu_to_le64(x)	__cpu_to_le64(x)
#define le16_to_cpu(x)	__le16_to_cpu(x)
#define le32_to_cpu(x)	__le32_to_cpu(x)
#define le64_to_cpu(x)	__le64_to_cpu(x)
#define cpu_to_be16(x)	__cpu_to_be16(x)
#define cpu_to_be32(x)	__cpu_to_be32(x)
#define cpu_to_be64(x)	__cpu_to_be64(x)
#define be16_to_cpu(x)	__be16_to_cpu(x)
#define be32_to_cpu(x)	__be32_to_cpu(x)
#define be64_to_cpu(x)	__be64_to_cpu(x)

#define le16_to_cpup(p)	le16_to_cpu(*(p))
#define le32_to_cpup(p)	le32_to_cpu(*(p))
#define le64_to_cpup(p)	le64_to_cpu(*(p))

static inline void le16_add_cpu(__le16 *v, __u16 i)
{
	*v = cpu_to_le16(le16_to_cpu(*v) + i);
}

static inline void le32_add_cpu(__le32 *v, __u32 i)
{
	*v = cpu_to_le32(le32_to_cpu(*v) + i);
}

static inline void le64_add_cpu(__le64 *v, __u64 i)
{
	*v = cpu_to_le64(le64_to_cpu(*v) + i);
}

#endif /* SHIM_ASM_BYTEORDER_H */
