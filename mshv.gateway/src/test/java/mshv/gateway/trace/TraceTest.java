package mshv.gateway.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.CallCode;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvRootHvcall;
import mshv.api.abi.VpRegistersInput;
import mshv.api.replay.TraceException;

class TraceTest {
	@TempDir
	Path folder;

	/** Two hypercalls that a processor refuses. */
	private Path write(String name) throws Exception {
		Path file = folder.resolve(name);
		try (Trace trace = new Trace(file, "a \"program\"", "emu", false)) {
			for (int i = 0; i < 2; i++) {
				TraceEvent event = new TraceEvent(42, 3, "mshv-vp-0", MshvIoctl.ROOT_HVCALL, 0x2000);
				event.note(new Note.Access(false, 0x2000, new byte[] {9}));
				event.note(new MshvRootHvcall(CallCode.GET_VP_REGISTERS, 1, 16, 0, 7, 0x1000, 0));
				event.note(new Note.Access(false, 0x1000, new byte[] {1, (byte) 0xFF}));
				trace.add(event);
				event.complete(-5);
			}
			TraceEvent dropped = new TraceEvent(42, 3, "mshv-vp-0", MshvIoctl.ROOT_HVCALL, 0);
			trace.add(dropped);
			dropped.drop();
		}
		return file;
	}

	@Test
	void aCallIsALineOfText() throws Exception {
		List<String> lines = Files.readAllLines(write("trace.txt"));
		assertEquals(2, lines.size());
		assertTrue(lines.getFirst().matches("0\\.\\d{6} 42 mshv-vp-0 ROOT_HVCALL \\{code=GET_VP_REGISTERS reps=1 inputSize=16 outputSize=0"
			+ " status=7 inputAddress=0x1000 outputAddress=0x0\\} 01ff = -1 errno 5 <\\d+\\.\\d{3} us>"), lines::getFirst);
	}

	@Test
	void aCallIsALineOfJson() throws Exception {
		List<String> lines = Files.readAllLines(write("trace.jsonl"));
		assertEquals("{\"mshvTrace\":1,\"program\":\"a \\\"program\\\"\",\"backend\":\"emu\",\"memory\":false}", lines.getFirst());
		assertTrue(lines.get(2).matches("\\{\"number\":2,\"time\":\\d+,\"thread\":42,\"object\":3,\"file\":\"mshv-vp-0\",\"call\":\"ROOT_HVCALL\","
			+ "\"command\":3223369735,\"argument\":8192,\"data\":\\[\\{\"code\":\"GET_VP_REGISTERS\",\"reps\":1,\"inputSize\":16,"
			+ "\"outputSize\":0,\"status\":7,\"inputAddress\":4096,\"outputAddress\":0\\}\\],\"in\":\\[\\[8192,\"09\"\\],\\[4096,\"01ff\"\\]\\],"
			+ "\"out\":\\[\\],\"result\":-5,\"nanoseconds\":\\d+\\}"), lines.get(2));
		assertEquals(3, lines.size());
	}

	@Test
	void registersHaveNamesAndValues() throws Exception {
		Path file = folder.resolve("registers.txt");
		try (Trace trace = new Trace(file, "", "emu", false); Arena arena = Arena.ofConfined()) {
			MemorySegment structure = arena.allocate(MshvRootHvcall.SIZE, 8);
			new MshvRootHvcall(CallCode.GET_VP_REGISTERS, 2, 24, 32, 0, 0x1000, 0x3000).encode(structure);
			MemorySegment input = arena.allocate(24, 8);
			new VpRegistersInput(0, 1, 0).encode(input);
			input.set(ValueLayout.JAVA_INT, 16, Register.RIP.code());
			input.set(ValueLayout.JAVA_INT, 20, 0x7FFFFFFF);
			TraceEvent event = new TraceEvent(42, 3, "mshv-vp-1", MshvIoctl.ROOT_HVCALL, 0x2000);
			event.note(new Note.Access(false, 0x2000, structure.toArray(ValueLayout.JAVA_BYTE)));
			event.note(new Note.Access(false, 0x1000, input.toArray(ValueLayout.JAVA_BYTE)));
			byte[] values = new byte[32];
			values[1] = 0x10;
			event.note(new Note.Access(true, 0x3000, values));
			event.complete(0);
			trace.add(event);
			TraceEvent tooShort = new TraceEvent(42, 3, "mshv-vp-1", MshvIoctl.ROOT_HVCALL, 0x2000);
			tooShort.note(new Note.Access(false, 0x2000, structure.toArray(ValueLayout.JAVA_BYTE)));
			tooShort.note(new Note.Access(false, 0x1000, new byte[8]));
			tooShort.complete(-22);
			trace.add(tooShort);
		}
		List<String> lines = Files.readAllLines(file);
		assertTrue(lines.getFirst().contains(" {vpIndex=1 registers=[RIP 0x7fffffff]} {registers=[{name=RIP low=0x1000 high=0x0}"
			+ " {name=0x7fffffff low=0x0 high=0x0}]} = 0"), lines::getFirst);
		assertTrue(lines.get(1).contains(" 0000000000000000 = -1 errno 22"), lines.get(1));
	}

	@Test
	void aMessageIsDecoded() throws Exception {
		Path file = folder.resolve("run.jsonl");
		try (Trace trace = new Trace(file, "", "emu", false); Arena arena = Arena.ofConfined()) {
			MemorySegment message = arena.allocate(InterceptMessage.SIZE, 8);
			Intercept.Header header = new Intercept.Header(0, 1, 0, 1, 0, new RegisterValue(0, 0), 0x1000, 2);
			InterceptMessage.encode(new Intercept.IoPort(header, 0x3F8, 1, 0x34, null), 5, message);
			TraceEvent event = new TraceEvent(42, 3, "mshv-vp-0", MshvIoctl.RUN_VP, 0x2000);
			event.note(new Note.Access(true, 0x2000, message.toArray(ValueLayout.JAVA_BYTE)));
			event.complete(0);
			trace.add(event);
		}
		assertTrue(Files.readAllLines(file).get(1).contains("\"data\":[{\"is\":\"IoPort\",\"header\":{\"vpIndex\":0,\"instructionLength\":1,"
			+ "\"cr8\":0,\"access\":1,\"executionState\":0,\"cs\":{\"low\":0,\"high\":0},\"rip\":4096,\"rflags\":2},\"port\":1016,\"size\":1,"
			+ "\"rax\":52,\"string\":null}]"), () -> "no message");
		try (TraceReader reader = new TraceReader(file)) {
			assertEquals(1, reader.next().out().size());
		}
	}

	@Test
	void whatWasWrittenIsRead() throws Exception {
		try (TraceReader reader = new TraceReader(write("trace.jsonl"))) {
			assertEquals("emu", reader.backend());
			RecordedCall call = reader.next();
			assertEquals(1, call.number());
			assertEquals(MshvIoctl.ROOT_HVCALL, call.command());
			assertEquals(0x2000, call.argument());
			assertArrayEquals(new byte[] {1, (byte) 0xFF}, call.in().get(1).bytes());
			assertEquals(-5, call.result());
			assertNotNull(reader.next());
			assertNull(reader.next());
		}
	}

	@Test
	void whatIsNoTraceIsRefused() throws Exception {
		assertRefused("this is no trace of JSON lines", false, "0.000001 42 mshv OPEN = 3\n");
		assertRefused("this is no trace of JSON lines", false, "{\"name\":1}\n");
		assertRefused("the file is empty", true, "");
		assertRefused("this is a trace of version 2, and only version 1 is known", false, "{\"mshvTrace\":2}\n");
		String header = "{\"mshvTrace\":1}\n";
		assertRefused("line 2 is not whole: the trace ends in it", true, header + "{\"number\":1,\"time");
		assertRefused("line 2: Unrecognized token 'x'", false, header + "x\n");
		assertRefused("line 2: something follows the call", false, header + "{} {}\n");
		assertRefused("line 2: it has no number \"number\"", false, header + "{}\n");
		assertRefused("line 2: a value is of the wrong kind", false, header + "{\"in\":5}\n");
		assertRefused("line 2: Document nesting depth", false, header + "[".repeat(100_000) + "\n");
	}

	private void assertRefused(String why, boolean truncated, String content) throws Exception {
		Path file = Files.writeString(folder.resolve("bad.jsonl"), content);
		TraceException refusal = assertThrows(TraceException.class, () -> {
			try (TraceReader reader = new TraceReader(file)) {
				reader.next();
			}
		});
		// The rest is said by the library for JSON
		assertEquals(why, refusal.getMessage().replaceFirst("(Unrecognized token 'x'|Document nesting depth).*", "$1"));
		assertEquals(truncated, refusal.truncated());
	}

	@Test
	void nothingIsLostWhereManyCallersAreFasterThanTheWriter() throws Exception {
		Path file = folder.resolve("many.jsonl");
		try (Trace trace = new Trace(file, "", "emu", false, 10_000); var callers = Executors.newFixedThreadPool(4)) {
			for (int caller = 0; caller < 4; caller++) {
				int thread = caller;
				callers.submit(() -> {
					for (int i = 0; i < 1000; i++) {
						TraceEvent event = new TraceEvent(thread, i, "mshv-vp-0", MshvIoctl.RUN_VP, 0);
						event.note(new Note.Access(true, 8, new byte[64]));
						event.complete(0);
						trace.add(event);
					}
				});
			}
		}
		int[] next = new int[4];
		try (TraceReader reader = new TraceReader(file)) {
			for (RecordedCall call = reader.next(); call != null; call = reader.next()) {
				assertEquals(next[call.thread()]++, call.object());
			}
		}
		assertArrayEquals(new int[] {1000, 1000, 1000, 1000}, next);
	}
}
