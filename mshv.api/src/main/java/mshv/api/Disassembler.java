package mshv.api;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.osgi.annotation.versioning.ProviderType;

/** Writes x86 machine code as assembly language, in Intel syntax; an optional service. Methods may be called from any thread. */
@ProviderType
public interface Disassembler {
	/**
	 * Disassembles a range from its first byte to its last.
	 *
	 * @param code the code; it may end within an instruction
	 * @param mode default operation size: 16, 32 or 64
	 * @param address offset in CS of the first byte
	 * @return one line for each instruction and each byte at which no defined instruction starts, in order; together they have all bytes
	 * @throws IllegalArgumentException if there is no such mode
	 */
	List<Line> disassemble(byte[] code, int mode, long address);

	/**
	 * One line of a listing.
	 *
	 * @param address offset of the instruction in CS
	 * @param bytes its bytes, 1 to 15
	 * @param text mnemonic and operands; {@code (bad)} for a byte at which no defined instruction starts
	 */
	record Line(long address, byte[] bytes, String text) {
		/** Copies the bytes. */
		public Line {
			bytes = bytes.clone();
		}

		/** @return a copy of the bytes */
		@Override
		public byte[] bytes() {
			return bytes.clone();
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Line line && address == line.address && Arrays.equals(bytes, line.bytes) && text.equals(line.text);
		}

		@Override
		public int hashCode() {
			return Objects.hash(address, Arrays.hashCode(bytes), text);
		}
	}
}
