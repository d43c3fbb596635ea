/** Several processors of one partition: atomicity, memory order, interrupts between them, code and mappings that change under them.
 * Tests of the suite. */
package mshv.tck.smp;
