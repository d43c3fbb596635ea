/** Interrupts of the guest, and of the run itself. Tests of the suite. */
package mshv.tck.interrupt;
