package mshv.backend.emu.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine against results recorded on a real processor. */
class HardwareVectorsTest {
	@ParameterizedTest
	@EnumSource
	void everyRecordedInstructionEndsAsOnTheProcessorThatItWasRecordedOn(EngineTarget.Tier tier) throws IOException {
		try (InputStream file = HardwareVectorsTest.class.getResourceAsStream("/vectors/hardware-vectors.bin.deflate");
			EngineTarget target = new EngineTarget(tier)) {
			VectorReport report = new VectorRunner(target).run(new VectorFile(file));
			assertTrue(report.cases() >= 100_000, () -> "only " + report.cases() + " cases");
			assertEquals(0, report.mismatches(), report::toString);
		}
	}
}
