/** Registers of a processor: the state after RESET, what can be written, the shared page. Tests of the suite. */
package mshv.tck.register;
