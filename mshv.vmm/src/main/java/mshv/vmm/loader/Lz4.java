package mshv.vmm.loader;

import java.nio.ByteBuffer;

/** LZ4 in its legacy frame, as Linux packs kernels (LZ4 Block Format; LZ4 Frame Format, "Legacy frame"). */
final class Lz4 {
	static final int MAGIC = 0x184C2102;

	private static final int LEAST_MATCH = 4;
	private static final int LONG_LENGTH = 15;

	private final byte[] in;
	private final byte[] out;
	private int position;
	private int written;

	private Lz4(byte[] in, int start, byte[] out) {
		this.in = in;
		this.out = out;
		position = start;
	}

	/** @param frame little-endian @param start position of the first block, after the magic number @param size bytes that come out
	 * @return the content
	 * @throws IndexOutOfBoundsException if the frame is damaged */
	static byte[] unpack(ByteBuffer frame, int start, int size) {
		Lz4 unpacker = new Lz4(frame.array(), start, new byte[size]);
		while (unpacker.written < size) {
			int blockSize = frame.getInt(unpacker.position);
			unpacker.position += 4;
			if (blockSize <= 0 || blockSize > frame.capacity() - unpacker.position) {
				throw new IndexOutOfBoundsException("block of " + blockSize + " bytes");
			}
			unpacker.block(unpacker.position + blockSize);
		}
		return unpacker.out;
	}

	private void block(int end) {
		while (position < end) {
			int token = in[position++] & 0xFF;
			int literals = length(token >> 4);
			System.arraycopy(in, position, out, written, literals);
			position += literals;
			written += literals;
			// The last sequence of a block has no match
			if (position >= end) {
				return;
			}
			int distance = in[position] & 0xFF | (in[position + 1] & 0xFF) << 8;
			position += 2;
			copyMatch(distance, length(token & LONG_LENGTH) + LEAST_MATCH);
		}
	}

	private int length(int nibble) {
		int length = nibble;
		if (nibble == LONG_LENGTH) {
			int more;
			do {
				more = in[position++] & 0xFF;
				length += more;
			} while (more == 0xFF);
		}
		return length;
	}

	private void copyMatch(int distance, int length) {
		if (distance == 0 || distance > written || length > out.length - written) {
			throw new IndexOutOfBoundsException("match of " + length + " bytes at distance " + distance);
		}
		if (distance >= length) {
			System.arraycopy(out, written - distance, out, written, length);
			written += length;
			return;
		}
		// The match overlaps what it writes: bytes repeat
		for (int i = 0; i < length; i++) {
			out[written] = out[written - distance];
			written++;
		}
	}
}
