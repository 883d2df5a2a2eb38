// SPDX-License-Identifier: GPL-2.0-only
//
// Positions in the TypeScript sources for what mocha reports. The option --enable-source-maps would
// have each thread of each machine read the maps of all modules, which is an eighth of a boot. A
// trace of a CPU's thread has therefore positions in dist/: NODE_OPTIONS=--enable-source-maps npm
// test gives its sources too.
process.setSourceMapsEnabled(true);
