package mshv.backend.emu.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import mshv.backend.emu.memory.PhysicalMemory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A change of any byte of code is seen, one of a byte beside it is not. */
class CodeBytesTest {
	private static final int OFFSET = 3;

	static Stream<Arguments> lengthsAndPlaces() {
		return IntStream.rangeClosed(1, 25).boxed().flatMap(length -> IntStream.of(0, 9, PhysicalMemory.PAGE_SIZE - length).mapToObj(
			place -> Arguments.of(length, place)));
	}

	@ParameterizedTest
	@MethodSource("lengthsAndPlaces")
	void theCodeAloneIsCompared(int length, int place) {
		byte[] copy = new byte[OFFSET + length + 8];
		new Random(length).nextBytes(copy);
		try (Arena arena = Arena.ofConfined()) {
			// Nothing but the page may be read
			MemorySegment page = arena.allocate(PhysicalMemory.PAGE_SIZE, PhysicalMemory.PAGE_SIZE);
			MemorySegment.copy(copy, OFFSET, page, ValueLayout.JAVA_BYTE, place, length);
			CodeBytes code = new CodeBytes(copy, OFFSET, length, place);
			long host = page.address() + place;
			LocatedBytes.Builder found = new LocatedBytes.Builder();
			code.addTo(found, host);
			LocatedBytes located = found.build();
			assertTrue(code.areAt(host));
			assertTrue(located.areThere());

			for (int at = 0; at < PhysicalMemory.PAGE_SIZE; at++) {
				byte before = page.get(ValueLayout.JAVA_BYTE, at);
				page.set(ValueLayout.JAVA_BYTE, at, (byte) (before ^ 0x10));
				boolean beside = at < place || at >= place + length;
				assertEquals(beside, code.areAt(host));
				assertEquals(beside, located.areThere());
				page.set(ValueLayout.JAVA_BYTE, at, before);
			}
		}
	}
}
