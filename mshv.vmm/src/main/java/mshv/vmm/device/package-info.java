/**
 * Devices of the machine and the buses that lead to them: ports, device memory and interrupt lines.
 * Devices in port space are safe for use by many threads; an instruction that accesses device memory is carried out alone.
 */
package mshv.vmm.device;
