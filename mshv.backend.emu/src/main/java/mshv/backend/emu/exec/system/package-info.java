/**
 * Handlers of the system instructions, and the delivery of exceptions and interrupts (Intel SDM vol. 3; where vendors differ, Intel's way).
 * Everything works on a {@link mshv.backend.emu.cpu.Cpu}; nothing here keeps state of its own.
 */
package mshv.backend.emu.exec.system;
