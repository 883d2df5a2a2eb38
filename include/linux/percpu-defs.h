// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/percpu-defs.h>. A static percpu variable stands in a section of its own, of which
// each CPU gets a copy when the module is loaded; __per_cpu_ptr() finds it, as it does for what
// alloc_percpu() gives. Operations on this CPU's copy are atomic, since a kthread that is bound to
// a CPU runs beside it.
#ifndef PADATA_LINUX_PERCPU_DEFS_H
#define PADATA_LINUX_PERCPU_DEFS_H

#include <linux/compiler_attributes.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/types.h>

void *__per_cpu_ptr(const void __percpu *ptr, int cpu);

// (Not the kernel's name: a linker would put what begins with .data. into .data.)
#define PER_CPU_BASE_SECTION "padata_percpu"
#define DECLARE_PER_CPU_SECTION(type, name, sec) \
	extern __percpu __attribute__((section(PER_CPU_BASE_SECTION))) __typeof__(type) name
#define DEFINE_PER_CPU_SECTION(type, name, sec) \
	__percpu __attribute__((section(PER_CPU_BASE_SECTION))) __typeof__(type) name
#define DECLARE_PER_CPU(type, name) DECLARE_PER_CPU_SECTION(type, name, "")
#define DEFINE_PER_CPU(type, name) DEFINE_PER_CPU_SECTION(type, name, "")
#define DECLARE_PER_CPU_FIRST(type, name) DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_FIRST(type, name) DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU_ALIGNED(type, name) DECLARE_PER_CPU(type, name) __aligned(128)
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name) __aligned(128)
#define DECLARE_PER_CPU_SHARED_ALIGNED(type, name) DECLARE_PER_CPU_ALIGNED(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU_ALIGNED(type, name)
#define DECLARE_PER_CPU_PAGE_ALIGNED(type, name) DECLARE_PER_CPU(type, name) __aligned(4096)
#define DEFINE_PER_CPU_PAGE_ALIGNED(type, name) DEFINE_PER_CPU(type, name) __aligned(4096)
#define DECLARE_PER_CPU_READ_MOSTLY(type, name) DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) DEFINE_PER_CPU(type, name)
#define EXPORT_PER_CPU_SYMBOL(var) EXPORT_SYMBOL(var)
#define EXPORT_PER_CPU_SYMBOL_GPL(var) EXPORT_SYMBOL(var)

#define per_cpu_ptr(ptr, cpu) ((__typeof__(*(ptr)) *)__per_cpu_ptr((const void *)(ptr), (cpu)))
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, smp_processor_id())
#define raw_cpu_ptr(ptr) this_cpu_ptr(ptr)
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))
#define __get_cpu_var(var) (*this_cpu_ptr(&(var)))

#define get_cpu_var(var) (*({ \
	preempt_disable(); \
	this_cpu_ptr(&(var)); \
}))
#define put_cpu_var(var) do { \
	(void)&(var); \
	preempt_enable(); \
} while (0)
#define get_cpu_ptr(var) ({ \
	preempt_disable(); \
	this_cpu_ptr(var); \
})
#define put_cpu_ptr(var) do { \
	(void)(var); \
	preempt_enable(); \
} while (0)

#define this_cpu_read(pcp) (*(const volatile __typeof__(pcp) *)this_cpu_ptr(&(pcp)))
#define this_cpu_write(pcp, val) ((void)(*(volatile __typeof__(pcp) *)this_cpu_ptr(&(pcp)) = (val)))
#define this_cpu_add(pcp, val) \
	((void)__atomic_add_fetch(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED))
#define this_cpu_sub(pcp, val) \
	((void)__atomic_sub_fetch(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED))
#define this_cpu_and(pcp, val) \
	((void)__atomic_and_fetch(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED))
#define this_cpu_or(pcp, val) \
	((void)__atomic_or_fetch(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED))
#define this_cpu_inc(pcp) this_cpu_add(pcp, 1)
#define this_cpu_dec(pcp) this_cpu_sub(pcp, 1)
#define this_cpu_add_return(pcp, val) \
	__atomic_add_fetch(this_cpu_ptr(&(pcp)), (val), __ATOMIC_SEQ_CST)
#define this_cpu_sub_return(pcp, val) \
	__atomic_sub_fetch(this_cpu_ptr(&(pcp)), (val), __ATOMIC_SEQ_CST)
#define this_cpu_inc_return(pcp) this_cpu_add_return(pcp, 1)
#define this_cpu_dec_return(pcp) this_cpu_sub_return(pcp, 1)
#define this_cpu_xchg(pcp, nval) __atomic_exchange_n(this_cpu_ptr(&(pcp)), (nval), __ATOMIC_SEQ_CST)
#define this_cpu_cmpxchg(pcp, oval, nval) ({ \
	__typeof__(pcp) pcp_found_ = (oval); \
	(void)__atomic_compare_exchange_n(this_cpu_ptr(&(pcp)), &pcp_found_, (nval), 0, \
					  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	pcp_found_; \
})

// For callers that are alone on their CPU.
#define __this_cpu_read(pcp) this_cpu_read(pcp)
#define __this_cpu_write(pcp, val) this_cpu_write(pcp, val)
#define __this_cpu_add(pcp, val) this_cpu_add(pcp, val)
#define __this_cpu_sub(pcp, val) this_cpu_sub(pcp, val)
#define __this_cpu_and(pcp, val) this_cpu_and(pcp, val)
#define __this_cpu_or(pcp, val) this_cpu_or(pcp, val)
#define __this_cpu_inc(pcp) this_cpu_inc(pcp)
#define __this_cpu_dec(pcp) this_cpu_dec(pcp)
#define __this_cpu_add_return(pcp, val) this_cpu_add_return(pcp, val)
#define __this_cpu_sub_return(pcp, val) this_cpu_sub_return(pcp, val)
#define __this_cpu_inc_return(pcp) this_cpu_inc_return(pcp)
#define __this_cpu_dec_return(pcp) this_cpu_dec_return(pcp)
#define __this_cpu_xchg(pcp, nval) this_cpu_xchg(pcp, nval)
#define __this_cpu_cmpxchg(pcp, oval, nval) this_cpu_cmpxchg(pcp, oval, nval)
#define raw_cpu_read(pcp) this_cpu_read(pcp)
#define raw_cpu_write(pcp, val) this_cpu_write(pcp, val)
#define raw_cpu_add(pcp, val) this_cpu_add(pcp, val)
#define raw_cpu_inc(pcp) this_cpu_inc(pcp)
#define raw_cpu_dec(pcp) this_cpu_dec(pcp)

#endif
