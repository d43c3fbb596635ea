/**
 * Events that are eventfd(2) descriptors of Linux, through {@code java.lang.foreign}.
 * One thread of the component waits for all that have listeners; where the host is not Linux nothing is offered.
 */
package mshv.eventfd.linux;
