package mshv.api.conformance;

/**
 * What an operation costs.
 *
 * @param operation a few words
 * @param least nanoseconds of the fastest round
 * @param median nanoseconds
 * @param most nanoseconds of the slowest round
 */
public record Cost(String operation, long least, long median, long most) {}
