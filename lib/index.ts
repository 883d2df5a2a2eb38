// SPDX-License-Identifier: GPL-2.0-only
//
// padata in userspace: boot() and the kernel API. Work is farmed out over CPUs (pinned worker
// threads), results come in the order of submission. docs/architecture.md tells how it is made;
// each function's own documentation tells what it does.

import { thread_entry } from './boot/thread-entry.js';

export { attach, boot, current_machine, detach } from './boot/boot.js';
export { CpuInfo, CpusInfo } from './boot/cpus.js';
export { Machine, MachineEvents } from './boot/machine.js';
export { BootOptions } from './boot/options.js';
export { CpuEvent, CpuEventOrigin } from './machine/hotplug/event.js';
export { list_dir, read_file, write_file } from './c/files.js';
export { LoadedModule, ModuleError, ModuleParams } from './c/insmod.js';
export { quirks, Quirk, QuirkInfo, quirk_names, QuirkSelection } from './quirks.js';

export { padata_alloc, padata_alloc_possible, padata_do_parallel, padata_do_serial, padata_free,
	padata_register_cpumask_notifier, padata_remove_cpu, padata_set_cpumask, padata_start,
	padata_stop, padata_unregister_cpumask_notifier } from './padata/v4.18/padata.js';
export { padata_add_cpu, padata_set_cpumasks } from './padata/v4.18/document.js';
export { padata_add_cpu_async, padata_alloc_async, padata_alloc_possible_async, padata_free_async,
	padata_remove_cpu_async, padata_set_cpumask_async, padata_set_cpumasks_async,
	padata_start_async, padata_stop_async, cpu_up_async, cpu_down_async, destroy_workqueue_async,
	flush_workqueue_async, flush_work_async, synchronize_rcu_async } from './boot/async.js';
export * from './linux/padata.js';

export * from './linux/atomic.js';
export * from './linux/bitmap.js';
export { BUG, BUG_ON, Oops, WARN, WARN_ON } from './linux/bug.js';
export * from './linux/completion.js';
export { cpu_down, cpu_up, cpus_read_lock, cpus_read_unlock, get_online_cpus,
	put_online_cpus } from './linux/cpu.js';
export * from './linux/cpuhotplug.js';
export * from './linux/cpumask.js';
export * from './linux/err.js';
export * from './linux/errno.js';
export * from './linux/fault-inject.js';
export * from './linux/gfp.js';
export * from './linux/jiffies.js';
export * from './linux/kobject.js';
export * from './linux/kref.js';
export * from './linux/list.js';
export * from './linux/mutex.js';
export * from './linux/notifier.js';
export * from './linux/percpu.js';
export { in_softirq, local_bh_disable, local_bh_enable, preempt_count,
	softirq_count } from './linux/preempt.js';
export { dmesg, KERN_ALERT, KERN_CRIT, KERN_DEBUG, KERN_EMERG, KERN_ERR, KERN_INFO, KERN_NOTICE,
	KERN_WARNING, LogKind, LogRecord, pr_debug, pr_err, pr_info, pr_warn,
	printk } from './linux/printk.js';
export * from './linux/rcupdate.js';
export { kcalloc, kfree, kmalloc, kmem_cache_alloc, kmem_cache_create, kmem_cache_free, ksize,
	kzalloc, slab_objects } from './linux/slab.js';
export { get_cpu, put_cpu, smp_processor_id } from './linux/smp.js';
export { down_read, down_read_trylock, down_write, init_rwsem, rw_semaphore, up_read,
	up_write } from './linux/rwsem.js';
export * from './linux/spinlock.js';
export { sysfs_create_file, sysfs_list, sysfs_mode, sysfs_read, sysfs_remove_file,
	sysfs_write } from './linux/sysfs.js';
export { del_timer, del_timer_sync, mod_timer, timer_list, timer_pending,
	timer_setup } from './linux/timer.js';
export { wait_event, wake_up } from './linux/wait.js';
export { alloc_workqueue, cancel_delayed_work, cancel_delayed_work_sync, cancel_work,
	cancel_work_sync, delayed_work, destroy_workqueue, drain_workqueue, flush_delayed_work,
	flush_work, flush_workqueue, INIT_DELAYED_WORK, INIT_WORK, mod_delayed_work, queue_delayed_work,
	queue_delayed_work_on, queue_work, queue_work_on, schedule_delayed_work, schedule_work,
	schedule_work_on, system_highpri_wq, system_long_wq, system_unbound_wq, system_wq,
	WORK_CPU_UNBOUND, work_on_cpu, work_pending, work_struct, workqueue_empty, workqueue_in_flight,
	workqueue_struct, WQ_CPU_INTENSIVE, WQ_FREEZABLE, WQ_HIGHPRI, WQ_MEM_RECLAIM, WQ_SYSFS,
	WQ_UNBOUND } from './linux/workqueue.js';

export { format_cpu_list, parse_cpu_list } from './machine/cpu-list.js';
export { store_function } from './machine/function.js';
export { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, atomic_xchg, bytes_at, load,
	load_u8, READ_ONCE, store, store_u8, WRITE_ONCE } from './machine/memory.js';
export { load_module, ModuleFunctions } from './machine/module.js';
export { sleep_on, sleep_on_async } from './machine/park.js';
export { aligned, array, CACHELINE, container_of, CType, fn_ptr, int, long, ptr, sizeof, struct,
	StructType, u16, u8, unsigned_int } from './machine/struct.js';
export { MachineHandle } from './machine/thread.js';

thread_entry();
