package mshv.backend.emu.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways of touching host memory do the same. */
class RawMemoryTest {
	static Stream<RawMemory> implementations() {
		return Stream.of(new UnsafeMemory(), new SegmentMemory());
	}

	@ParameterizedTest
	@MethodSource("implementations")
	void valuesAreCopiedInAndOutInTheirOrder(RawMemory memory) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment bytes = arena.allocate(64);
			long at = bytes.address() + 3;
			memory.copyIn(new long[] {0x1122334455667788L, -1, 5}, at, 2);
			assertEquals(0x1122334455667788L, memory.getLong(at));
			assertEquals(-1, memory.getLong(at + 8));
			assertEquals(0, memory.getLong(at + 16));
			long[] out = {7, 7, 7};
			memory.copyOut(at, out, 2);
			assertArrayEquals(new long[] {0x1122334455667788L, -1, 7}, out);
		}
	}
}
