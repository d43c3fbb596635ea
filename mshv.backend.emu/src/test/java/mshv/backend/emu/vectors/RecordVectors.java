package mshv.backend.emu.vectors;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Records what the host's processor does: {@code --count N --seed S --out FILE}. */
public final class RecordVectors {
	private static final int PROGRESS = 10_000;

	private RecordVectors() {
	}

	/**
	 * Records a file and prints progress on standard error.
	 *
	 * @param args {@code --count N --seed S --out FILE}; by default 100000 cases of seed 1 into hardware-vectors.bin.deflate
	 * @throws IOException if the file cannot be written
	 */
	public static void main(String[] args) throws IOException {
		Arguments arguments = Arguments.of(args);
		Path out = Path.of(arguments.text("--out", "hardware-vectors.bin.deflate"));
		try (HardwareTarget hardware = new HardwareTarget(); OutputStream stream = Files.newOutputStream(out)) {
			record(hardware, arguments.number("--seed", 1), (int) arguments.number("--count", 100_000), stream);
		}
		System.err.println(out + ": " + Files.size(out) + " bytes");
	}

	private static void record(VectorTarget hardware, long seed, int count, OutputStream stream) throws IOException {
		CaseGenerator generator = new CaseGenerator(seed);
		TestCase test = new TestCase();
		TestResult result = new TestResult();
		int skipped = 0;
		int exceptions = 0;
		long start = System.nanoTime();
		try (VectorFile.Writer writer = new VectorFile.Writer(stream, seed, count)) {
			for (int i = 0; i < count; i++) {
				generator.generate(i, test);
				if (VectorRunner.reference(hardware, test, result)) {
					writer.add(test, result);
					exceptions += result.vector >= 0 ? 1 : 0;
				} else {
					writer.skip(test);
					skipped++;
				}
				if ((i + 1) % PROGRESS == 0) {
					long rate = (i + 1) * 1_000_000_000L / (System.nanoTime() - start);
					System.err.printf("%d cases, %d a second, %d exceptions, %d skipped%n", i + 1, rate, exceptions, skipped);
				}
			}
		}
	}
}
