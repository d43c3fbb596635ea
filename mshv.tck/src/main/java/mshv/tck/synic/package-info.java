/** The guest's synthetic interrupt controller and timers, and the hypercalls that it makes. Tests of the suite. */
package mshv.tck.synic;
