/**
 * The ACPI tables that describe the machine to its guest, hardware-reduced.
 * What is described here is what {@code mshv.vmm.device} implements.
 */
package mshv.vmm.acpi;
