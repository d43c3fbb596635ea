package mshv.gateway.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.api.abi.CallCode;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvRootHvcall;

class TraceTest {
	private static final TraceEvent EVENT = new TraceEvent(System.nanoTime(), 1500, 42, "mshv-vp-0", MshvIoctl.ROOT_HVCALL,
		List.of(new MshvRootHvcall(CallCode.GET_VP_REGISTERS, 1, 16, 0, 7, 0x1000, 0), new byte[] {1, (byte) 0xFF}), -5);

	@TempDir
	Path folder;

	@Test
	void aCallIsALineOfText() throws Exception {
		Path file = folder.resolve("trace.txt");
		try (Trace trace = new Trace(file)) {
			trace.add(EVENT);
			trace.add(EVENT);
		}
		List<String> lines = Files.readAllLines(file);
		assertEquals(2, lines.size());
		assertTrue(lines.getFirst().endsWith("42 mshv-vp-0 ROOT_HVCALL {code=GET_VP_REGISTERS reps=1 inputSize=16 outputSize=0 status=7"
			+ " inputAddress=0x1000 outputAddress=0x0} 01ff = -1 errno 5 <1.5 us>"), lines::getFirst);
	}

	@Test
	void aCallIsALineOfJson() throws Exception {
		Path file = folder.resolve("trace.jsonl");
		try (Trace trace = new Trace(file)) {
			trace.add(EVENT);
		}
		String line = Files.readString(file);
		assertTrue(line.endsWith("\"thread\":42,\"file\":\"mshv-vp-0\",\"call\":\"ROOT_HVCALL\",\"data\":[{\"code\":\"GET_VP_REGISTERS\","
			+ "\"reps\":1,\"inputSize\":16,\"outputSize\":0,\"status\":7,\"inputAddress\":4096,\"outputAddress\":0},\"01ff\"],\"result\":-5,"
			+ "\"nanoseconds\":1500}\n"), line);
	}
}
