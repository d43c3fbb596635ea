package mshv.backend.emu.vectors;

/** Runs newly made cases on the host's processor and on a target: {@code --count N --seed S --first I}. */
public final class CheckVectors {
	private CheckVectors() {
	}

	/**
	 * Compares a target with the host's processor and prints the report. With {@code --count 1} the case is printed too.
	 *
	 * @param args {@code --count N --seed S --first I}; by default 100000 cases, of a seed that changes with the time, from index 0
	 * @param target what to test
	 * @return the outcome
	 */
	public static VectorReport check(String[] args, VectorTarget target) {
		Arguments arguments = Arguments.of(args);
		long seed = arguments.number("--seed", System.currentTimeMillis());
		long first = arguments.number("--first", 0);
		int count = (int) arguments.number("--count", 100_000);
		if (count == 1) {
			TestCase test = new TestCase();
			new CaseGenerator(seed).generate(first, test);
			System.out.print(test);
		}
		try (HardwareTarget hardware = new HardwareTarget()) {
			VectorReport report = new VectorRunner(target).run(hardware, seed, first, count);
			System.out.print(report);
			return report;
		}
	}

	/**
	 * Compares the processor with itself, which shows that its results can be reproduced.
	 *
	 * @param args as for {@link #check}
	 */
	public static void main(String[] args) {
		try (HardwareTarget second = new HardwareTarget()) {
			System.exit(check(args, second).mismatches() == 0 ? 0 : 1);
		}
	}
}
