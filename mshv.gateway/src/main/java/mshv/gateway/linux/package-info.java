/**
 * What the gateway needs of Linux on x86-64: raw system calls, and small types around the ones that belong together.
 * Nothing here knows the hypervisor.
 */
package mshv.gateway.linux;
