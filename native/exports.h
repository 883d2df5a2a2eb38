/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Everything that the addon registers: each function that JavaScript calls, by its name there and
 * in C. lib/machine/native.ts says what each does. (functions.h lists the calls in the other
 * direction.) E(name in JavaScript, function)
 * E_IF(condition, name in JavaScript, function): registered where the condition holds when it is
 * loaded
 */

/* affinity.cc */
E(pin, js_pin)
E(setAffinity, js_set_affinity)
E(setAffinityOf, js_set_affinity_of)
E(getAffinity, js_get_affinity)
E(getAffinityOf, js_get_affinity_of)

/* thread.cc */
E(currentCpu, js_current_cpu)
E(gettid, js_gettid)
E(setThreadName, js_set_thread_name)
E(getThreadName, js_get_thread_name)
E(membarrier, js_membarrier)
E(membarrierRegister, js_membarrier_register)
E(schedYield, js_sched_yield)

/* address.cc */
E(memoryBase, js_memory_base)

/* uevent.cc */
E(openUevents, js_open_uevents)
E(closeUevents, js_close_uevents)

/* esp.c */
E(espOpen, js_esp_open)
E(espSeal, js_esp_seal)

/* machine.c */
E(mapMemory, js_map_memory)
E(unmapMemory, js_unmap_memory)
E(startMachine, js_start_machine)
E(stopMachine, js_stop_machine)
E(futexWake, js_futex_wake)
E(futexWait, js_futex_wait)
E(setTaskName, js_set_task_name)
E(kernelMisuse, js_kernel_misuse)
E_IF(__asan_poison_memory_region, sanitizeMemory, js_sanitize_memory)

/* c-to-js.c */
E(functionNames, js_function_names)
E(joinThread, js_join_thread)
E(leaveThread, js_leave_thread)
E(serve, js_serve)
E(cCallAttention, js_c_call_attention)

/* js-to-c.c */
E(cFunction, js_c_function)
E(cFunctionName, js_c_function_name)

/* kthread-host.c */
E(runKthreads, js_run_kthreads)
E(kthreadsRunning, js_kthreads_running)
E(exitNow, js_exit_now)

/* modules.c */
E(moduleLoaded, js_module_loaded)
E(moduleJobs, js_module_jobs)
E(moduleUsers, js_module_users)
E(moduleTasks, js_module_tasks)
E(moduleUnloaded, js_module_unloaded)
E(missingSymbols, js_missing_symbols)
E(moduleParam, js_module_param)

/* files.c */
E(fileRead, js_file_read)
E(fileList, js_file_list)
E(fileWrite, js_file_write)
