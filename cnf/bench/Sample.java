/** One kernel in one run: time, the guest's result and its count of work, both hexadecimal. */
record Sample(double milliseconds, String result, String count) {
	boolean agrees(Sample other) {
		return result.equals(other.result) && count.equals(other.count);
	}
}
