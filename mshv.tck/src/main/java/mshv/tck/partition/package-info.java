/** Partitions: their life cycle and properties. Tests of the suite. */
package mshv.tck.partition;
