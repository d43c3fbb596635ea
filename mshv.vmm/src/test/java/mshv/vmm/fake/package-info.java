/** A hypervisor for tests: its processors follow a script instead of a guest. */
package mshv.vmm.fake;
