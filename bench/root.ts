// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from 'node:url';

/** The checkout; this file is run from dist/bench. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
