/** Running guests: what they execute, and what makes them leave. Tests of the suite. */
package mshv.tck.run;
