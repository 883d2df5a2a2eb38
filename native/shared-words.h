/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The words of the machine's memory that TypeScript has laid out and that C may look at. Each
 * struct has a twin of the same name in TypeScript, by struct() of lib/machine/struct.ts.
 * compat-tests/layout/layout.spec.ts compares every size, offset and constant.
 *
 * An address is TypeScript's: pointer_to() makes a pointer of it.
 */
#pragma once

/* lib/machine/park.ts: on what a thread sleeps that is a CPU. */
struct park_words {
	/* 0, PARKED or PARKED_IN_C; what it sleeps on. */
	int parked;
	/* The address of the word that a sleeping CPU waits for, or 0. */
	int waits_for;
	/* How often C has woken its task. */
	int woken;
};

/* Values of parked: in Atomics.wait(), and in futex_wait_until(). */
enum { PARKED = 1, PARKED_IN_C = 2 };

/* lib/machine/processor.ts: what is known of a CPU's thread. C does not look at it so far. */
struct cpu_status {
	/* enum CpuState */
	int state;
	/* Its id in the system. */
	int tid;
	/* The core it is pinned to, or -1; why not, a negative errno. */
	int core;
	int pin_errno;
	/* enum Request */
	int request;
	/* How often a thread has been started for the CPU. */
	int starts;
};

/*
 * lib/machine/processor.ts: what is to be done by the booting thread. C does not look at it so far.
 */
struct booter {
	/* Changes with every call. */
	int calls;
	/* CPUs that a thread is to be started for. */
	int wanted;
};

/* lib/machine/function.ts: a function pointer. */
struct function_slot {
	/* An index into the table of functions; of a C function, the lower half of its address. */
	int low;
	/* 0; of a C function, the upper half. */
	int high;
};

/* lib/machine/layout.ts: what boot has decided. */
struct machine {
	int memory_size;
	int nr_cpu_ids;
	int nr_threads;
	/* Where the threads' areas begin. */
	unsigned long threads;
	/* Where the percpu units begin, and their size. */
	unsigned long percpu;
	int percpu_unit;
	unsigned long heap;
	unsigned long heap_end;
	int quirks;
	int debug;
	int pin;
	int idle_spins;
	int lock_spins;
	int stop;
	int users;
	int native_off;
	int unchecked;
	int membarrier;
	int system_state;
	int memory_high;
	int c_unloaded;
	/*
	 * The size of a thread's area, and where in one is: the mark that it is taken, and the
	 * count of RCU readers.
	 */
	int thread_size;
	int thread_taken;
	int thread_reader;
};

/*
 * lib/cli/esp/burst.ts: an IP packet of a burst, which native/esp.c wraps. `at` is its offset in
 * the memory that is given, and the time of capture is as the record's header has it.
 */
struct esp_packet {
	unsigned int at;
	unsigned int length;
	unsigned int seconds;
	unsigned int fraction;
};
