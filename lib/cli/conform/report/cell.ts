// SPDX-License-Identifier: GPL-2.0-only
//
// What the tables for people say in a driver's column.
import type { Outcome } from '../judge.js';
import { AS_DOCUMENTED, Column, Row } from '../plan.js';

export function cell(row: Row, { against }: Column, { verdict, reason }: Outcome): string {
	if (row.remark !== null)
		return '-';
	switch (verdict) {
		case 'pass':
			return row.recorded !== null
				? against === '4.18' || !row.parts ? 'as recorded' : AS_DOCUMENTED
				: against === '4.18' && row.parts
				? 'as 4.18'
				: AS_DOCUMENTED;
		case 'skip':
			return `not run: ${reason}`;
		case 'fail':
			return `FAILS: ${reason}`;
		case 'timeout':
		case 'error':
			return `ERROR: ${reason}`;
	}
}

/** What 4.18 does, and under which name. */
export function v418_cell({ v418, quirks }: Row): string {
	return quirks.length === 0 ? v418 : `${v418} (${quirks.join(', ')})`;
}
