/**
 * The local APIC of an emulated processor: registers, priorities, timer, and the bus on which APICs of one partition send interrupts.
 * What an interrupt does to its processor is left to the {@link mshv.backend.emu.apic.ApicOwner}.
 */
package mshv.backend.emu.apic;
