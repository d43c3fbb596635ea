/**
 * The guest's side of the synthetic interrupt controller (TLFS chapters 11 and 12): messages, event flags, SINTs and synthetic timers of
 * one processor, and the connections through which a partition's processors send to ports.
 * Nothing here knows of hypercalls, or of whom a message comes from.
 */
package mshv.backend.emu.synic;
