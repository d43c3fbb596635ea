/**
 * Calls that fail on purpose: rules that a program's author gives to see how the program takes it.
 */
package mshv.gateway.fault;
