/** What the operations of a backend cost: measured by guests of a few instructions. */
package mshv.tck.cost;
