package mshv.api;

/**
 * What a virtual processor has done since it was created.
 *
 * @param instructions instructions executed, each iteration of a string instruction not counted; -1 if the backend does not count
 * @param runTime time that it was run for, nanoseconds: guest execution, and what its user took to complete accesses to ports and device
 *     memory; not the time that it waited for an interrupt or stood
 * @param intercepts intercepts that ended a run
 * @param interrupts interrupts delivered to the guest; -1 if the backend does not count
 */
public record VpStatistics(long instructions, long runTime, long intercepts, long interrupts) {}
