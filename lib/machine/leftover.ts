// SPDX-License-Identifier: GPL-2.0-only
//
// Work that a CPU in the middle of something leaves to whoever has time. The machine and the
// workqueue do not know what it is. They ask the floor above, which registers itself here: every
// CPU looks before it takes a work item and all the time while it is idle, and a flush of a
// workqueue waits for what its items have left.

/** What the machine asks of the floor that leaves work to others. */
export interface Leftover {
	/** Is something left that nobody has taken? With a full barrier before the look. */
	pending(): boolean;
	/** Is something left, or has somebody taken it and not finished it? */
	outstanding(): boolean;
	/** Does this thread do now what another one has left? Then it acts for that one's work item. */
	in_hand(): boolean;
	/**
	 * Take what is left and do it, in a read-side critical section. Returns false if there was
	 * nothing.
	 */
	run(): boolean;
}

/** The one that is registered. */
export let leftover: Leftover = {
	pending: () => false,
	outstanding: () => false,
	in_hand: () => false,
	run: () => false,
};

/** Each thread registers the same one when it loads the kernel. */
export function register_leftover(theirs: Leftover): void {
	leftover = theirs;
}
