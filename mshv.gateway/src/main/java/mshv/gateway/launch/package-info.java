/**
 * The program that becomes another: starts as a small Java virtual machine, gives the gateway a listener for its system calls, and
 * executes what it was asked to in its own place.
 */
package mshv.gateway.launch;
