// SPDX-License-Identifier: GPL-2.0-only
//
// The storm for half a minute.
import { storm_test } from './storm-test.js';

describe('storm', () => storm_test(30));
