/**
 * A hypervisor whose guests do what a test says, and the machines and sessions around it.
 */
package mshv.shell.fake;
