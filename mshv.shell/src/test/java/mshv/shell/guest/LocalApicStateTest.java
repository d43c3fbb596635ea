package mshv.shell.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import org.junit.jupiter.api.Test;

class LocalApicStateTest {
	private final ByteBuffer block = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

	private List<String> lines() {
		return LocalApicState.of(block.array()).text().lines().toList();
	}

	private String line(String start) {
		return lines().stream().filter(line -> line.startsWith(start)).findFirst().orElseThrow();
	}

	@Test
	void vectorsAreNamed() {
		block.putInt(84 + 4, 1 << 4 | 1 << 31);
		block.putInt(20 + 28, 1 << 12);
		assertEquals("requested:  36 63", line("requested"));
		assertEquals("in service: 236", line("in service"));
		assertEquals("level:      none", line("level"));
	}

	@Test
	void entriesSayVectorModeAndMask() {
		block.putInt(128, 0x400EC);
		block.putInt(140, 0x10700);
		block.putInt(144, 0x400);
		assertTrue(line("LVT timer").endsWith("vector 236, TSC deadline"), line("LVT timer"));
		assertTrue(line("LVT LINT0").endsWith("masked, ExtINT"), line("LVT LINT0"));
		assertTrue(line("LVT LINT1").endsWith("vector 0, NMI"), line("LVT LINT1"));
	}

	@Test
	void theSpuriousRegisterEnables() {
		assertTrue(line("spurious").endsWith("disabled"), line("spurious"));
		block.putInt(16, 0x1FF);
		assertTrue(line("spurious").endsWith("enabled, vector 255"), line("spurious"));
	}
}
