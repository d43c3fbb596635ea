package mshv.backend.emu.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;

import org.junit.jupiter.api.Test;

/** HotSpot never compiles a method of more than 8000 bytes of bytecode: an interpreter loop above that runs twenty times slower. */
class BlockRunnerSizeTest {
	private static final int LIMIT = 7500;

	@Test
	void theLoopStaysWellBelowTheSizeThatHotSpotCompiles() throws IOException {
		try (InputStream in = BlockRunner.class.getResourceAsStream("BlockRunner.class")) {
			int largest = ClassFile.of().parse(in.readAllBytes()).methods().stream()
				.flatMap(method -> method.code().stream()).mapToInt(code -> ((CodeAttribute) code).codeLength()).max().orElseThrow();
			assertTrue(largest > 3000, () -> "the loop is not where it was: largest method has " + largest + " bytes");
			assertTrue(largest < LIMIT, () -> "largest method has " + largest + " bytes, limit " + LIMIT);
		}
	}
}
