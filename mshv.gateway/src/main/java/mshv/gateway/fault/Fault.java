package mshv.gateway.fault;

import mshv.api.HvStatus;

/** What becomes of a call that a rule has picked. */
public sealed interface Fault {
	/** The call is not made.
	 * @param errno error number that the program gets */
	record Fails(int errno) implements Fault {}

	/** The hypercall is not made.
	 * @param status what the program finds in its structure; the error number follows from it */
	record Refused(HvStatus status) implements Fault {}

	/** The call is made later.
	 * @param microseconds how much */
	record Delayed(long microseconds) implements Fault {}
}
