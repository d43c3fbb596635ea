package mshv.backend.emu.vectors;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Recorded cases: a zlib stream of a magic number (4 bytes), the seed (8), the number of cases (4), then for each case a check byte of
 * its input and its result as {@link ResultCodec} writes it. Inputs are made again from the seed.
 */
public final class VectorFile implements AutoCloseable {
	private static final int MAGIC = 0x56454331;

	private final DataInputStream in;
	private final CaseGenerator generator;
	private final long seed;
	private final int count;
	private int index;

	/**
	 * Opens a file.
	 *
	 * @param stream the recorded bytes; closed with this object
	 * @throws IOException if they are not of this format
	 */
	public VectorFile(InputStream stream) throws IOException {
		in = new DataInputStream(new BufferedInputStream(new InflaterInputStream(stream), 1 << 16));
		if (in.readInt() != MAGIC) {
			throw new IOException("not a file of test vectors");
		}
		seed = in.readLong();
		count = in.readInt();
		generator = new CaseGenerator(seed);
	}

	/**
	 * The seed of the cases.
	 *
	 * @return any number
	 */
	public long seed() {
		return seed;
	}

	/**
	 * Number of cases, those without a result included.
	 *
	 * @return at least 0
	 */
	public int count() {
		return count;
	}

	/**
	 * Reads the next case that has a result.
	 *
	 * @param test receives the case
	 * @param expected receives its recorded result
	 * @return false at the end, with the arguments unspecified
	 * @throws IOException if the file is damaged, or the generator has changed since it was recorded
	 */
	public boolean next(TestCase test, TestResult expected) throws IOException {
		while (index < count) {
			generator.generate(index, test);
			if (in.readUnsignedByte() != ResultCodec.check(test)) {
				throw new IOException("the generator no longer makes the recorded case " + index + ": record the file again");
			}
			index++;
			if (ResultCodec.read(test, expected, in)) {
				return true;
			}
		}
		return false;
	}

	@Override
	public void close() throws IOException {
		in.close();
	}

	/** Records cases into a file. */
	static final class Writer implements AutoCloseable {
		private final DataOutputStream out;
		private final Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);

		Writer(OutputStream stream, long seed, int count) throws IOException {
			out = new DataOutputStream(new BufferedOutputStream(new DeflaterOutputStream(stream, deflater), 1 << 16));
			out.writeInt(MAGIC);
			out.writeLong(seed);
			out.writeInt(count);
		}

		/** Adds a case with its normalised result. */
		void add(TestCase test, TestResult result) throws IOException {
			out.writeByte(ResultCodec.check(test));
			ResultCodec.write(test, result, out);
		}

		/** Adds a case without a result. */
		void skip(TestCase test) throws IOException {
			out.writeByte(ResultCodec.check(test));
			ResultCodec.writeSkipped(out);
		}

		@Override
		public void close() throws IOException {
			out.close();
			deflater.end();
		}
	}
}
