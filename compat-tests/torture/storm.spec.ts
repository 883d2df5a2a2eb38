// SPDX-License-Identifier: GPL-2.0-only
//
// A short storm, which shows what goes wrong at once.
import { storm_test } from './storm-test.js';

describe('storm', () => storm_test(3));
