/**
 * Devices of the machine and the buses that lead to them: ports, device memory and interrupt lines.
 * Devices are driven by the thread that runs the processor; those that others touch as well say so.
 */
package mshv.vmm.device;
