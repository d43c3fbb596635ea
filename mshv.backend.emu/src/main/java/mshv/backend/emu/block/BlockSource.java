package mshv.backend.emu.block;

import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;

/**
 * What a block was made of. Apart from the block, because most blocks of a guest are executed once in a while, from memory that has left
 * the caches.
 *
 * @param base base of CS; 0 in 64-bit mode
 * @param length in bytes within the page of the first one
 * @param secondPage guest-physical address of the page that the last instruction reaches into, or -1
 * @param instructions the instructions, by number
 * @param handlers theirs
 */
record BlockSource(long base, int length, long secondPage, Instruction[] instructions, Handler[] handlers) {}
