/**
 * {@code /dev/mshv} for programs that nobody changed: takes their calls, decodes them, makes them on a hypervisor, and answers.
 * What a call does, and what is wrong with it, is the driver's to say.
 */
package mshv.gateway;
