/** Guest memory: mapping it, accesses that leave the guest, changes under a running processor. Tests of the suite. */
package mshv.tck.memory;
