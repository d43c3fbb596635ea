/**
 * Partitions and their virtual processors: life cycle, properties, memory, registers, and running guest code on the caller's thread.
 * What comes in as hypercalls and goes out as messages is decoded and encoded elsewhere, but for the intercept page.
 */
package mshv.backend.emu.partition;
