package mshv.gateway.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

import org.junit.jupiter.api.Test;

class MappingTest {
	@Test
	void aLineOfASharedFileIsRead() {
		Mapping mapping = Mapping.parse("7f91b7fff000-7f91d7fff000 rw-s 00001000 00:01 20123                      /memfd:a b (deleted)");
		assertEquals(0x7f91b7fff000L, mapping.start());
		assertEquals(0x20000000, mapping.size());
		assertEquals(3, mapping.protection());
		assertTrue(mapping.shared());
		assertEquals(0x1000, mapping.offset());
		assertEquals(1, mapping.device());
		assertEquals(20123, mapping.inode());
		assertEquals("/memfd:a b (deleted)", mapping.path());
	}

	@Test
	void aLineWithoutAFileIsRead() {
		Mapping mapping = Mapping.parse("ffffffffff600000-ffffffffff601000 --xp 00000000 fd:1a3 0 ");
		assertEquals(0xffffffffff600000L, mapping.start());
		assertEquals(4, mapping.protection());
		assertFalse(mapping.shared());
		assertEquals(0x1000A3L | 0xfdL << 8, mapping.device());
		assertEquals("", mapping.path());
	}

	@Test
	void aRangeOfThisProcessIsCoveredByItsMappings() {
		try (Arena arena = Arena.ofConfined()) {
			Kernel kernel = new Kernel(arena);
			int file = Files.create(kernel, "test", 8192);
			MemorySegment memory = Files.map(kernel, file, 8192, arena);
			int self = (int) ProcessHandle.current().pid();
			List<Mapping> covering = Mapping.covering(self, memory.address() + 4096, 4096);
			assertEquals(1, covering.size());
			assertEquals(4096, covering.getFirst().offset());
			assertEquals(new DescriptorTable(kernel, arena).file(file), new FileId(covering.getFirst().device(), covering.getFirst().inode()));
			assertEquals(List.of(), Mapping.covering(self, 0, 4096));
			kernel.close(file);
		}
	}

	@Test
	void aProcessThatIsGoneHasNone() {
		assertEquals(List.of(), Mapping.of(Integer.MAX_VALUE));
	}
}
