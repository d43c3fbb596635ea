/**
 * What programs called and what came of it, written down as text or as lines of JSON, and read again.
 * A call costs its caller no more than a place in a queue: decoding into words is the writer's work.
 */
package mshv.gateway.trace;
