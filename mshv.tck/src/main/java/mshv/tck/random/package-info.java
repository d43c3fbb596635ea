/** Random operations: generators for the API, for raw hypercalls and for guests, and what watches over them. */
package mshv.tck.random;
