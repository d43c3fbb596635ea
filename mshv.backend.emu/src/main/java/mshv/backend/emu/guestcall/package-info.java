/**
 * Hypercalls that guests make (TLFS chapter 3 and appendix A): their conventions, their checks, and what each does.
 * What surrounds the calling processor is reached through {@link mshv.backend.emu.guestcall.Caller}.
 */
package mshv.backend.emu.guestcall;
