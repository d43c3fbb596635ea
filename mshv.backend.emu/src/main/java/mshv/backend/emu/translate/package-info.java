/**
 * The third execution tier: hot blocks and what they lead to, translated to one method of JVM bytecode that HotSpot then compiles.
 * It knows instructions and the processor alone; which blocks make a region, and whether it still holds, is the blocks' business.
 */
package mshv.backend.emu.translate;
