package mshv.gateway.trace;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.jr.ob.JSON;

import mshv.api.replay.TraceException;

/** Reads a trace that was written as lines of JSON. */
public final class TraceReader implements AutoCloseable {
	/** Version of the format, on the first line. */
	public static final int VERSION = 1;
	private static final String MARK = "mshvTrace";
	/** Far more than the longest line, that of all guest memory that may be recorded. */
	private static final int LONGEST_HEADER = 1 << 16;

	/** Guest memory makes long strings. */
	private static final JsonFactory JSONS = JsonFactory.builder()
		.streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build()).build();
	private static final JSON READER = JSON.builder(JSONS).build();

	private final InputStream in;
	private final String backend;
	private final boolean memory;
	private int line = 1;

	/** Opens a trace. @throws TraceException if it is none that this version reads */
	public TraceReader(Path path) throws IOException, TraceException {
		in = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
		try {
			Map<?, ?> header = header();
			if (!(header.get(MARK) instanceof Integer version)) {
				throw new TraceException("this is no trace of JSON lines", false);
			}
			if (version != VERSION) {
				throw new TraceException("this is a trace of version " + version + ", and only version " + VERSION + " is known", false);
			}
			backend = String.valueOf(header.get("backend"));
			memory = Boolean.TRUE.equals(header.get("memory"));
		} catch (IOException | TraceException e) {
			in.close();
			throw e;
		}
	}

	private Map<?, ?> header() throws IOException, TraceException {
		byte[] first = readLine(LONGEST_HEADER);
		if (first == null) {
			throw new TraceException("the file is empty", true);
		}
		try {
			return parse(first) instanceof Map<?, ?> map ? map : Map.of();
		} catch (IllegalArgumentException e) {
			return Map.of();
		}
	}

	/** @return name of the backend that it was recorded on */
	public String backend() {
		return backend;
	}

	/** @return whether it has guest memory */
	public boolean hasMemory() {
		return memory;
	}

	/** @return the next call, null at the end */
	public RecordedCall next() throws IOException, TraceException {
		line++;
		byte[] bytes = readLine(Integer.MAX_VALUE);
		if (bytes == null) {
			return null;
		}
		try {
			return call(parse(bytes));
		} catch (IllegalArgumentException | ClassCastException e) {
			String what = e instanceof ClassCastException ? "a value is of the wrong kind" : e.getMessage();
			throw new TraceException("line " + line + ": " + what, false);
		}
	}

	/** @return an object as a map, an array as a list */
	private static Object parse(byte[] line) throws IOException {
		try (JsonParser parser = JSONS.createParser(line)) {
			Object value = READER.anyFrom(parser);
			if (parser.nextToken() != null) {
				throw new IllegalArgumentException("something follows the call");
			}
			return value;
		} catch (JacksonException e) {
			throw new IllegalArgumentException(e.getOriginalMessage(), e);
		}
	}

	/** A line that has no end was not written whole. */
	private byte[] readLine(int longest) throws IOException, TraceException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
		while (bytes.size() < longest) {
			int next = in.read();
			if (next == '\n') {
				return bytes.toByteArray();
			}
			if (next < 0) {
				if (bytes.size() == 0) {
					return null;
				}
				if (line == 1) {
					return bytes.toByteArray();
				}
				throw new TraceException("line " + line + " is not whole: the trace ends in it", true);
			}
			bytes.write(next);
		}
		return bytes.toByteArray();
	}

	private static RecordedCall call(Object value) {
		if (!(value instanceof Map<?, ?> fields)) {
			throw new IllegalArgumentException("it is no object");
		}
		List<Note.Access> in = accesses(fields, "in", false);
		List<Note.Access> out = accesses(fields, "out", true);
		List<Note.Memory> memory = accesses(fields, "memory", false).stream().map(each -> new Note.Memory(each.address(), each.bytes())).toList();
		String registers = (String) fields.get("registers");
		return new RecordedCall(number(fields, "number"), (int) number(fields, "thread"), (int) number(fields, "object"),
			String.valueOf(fields.get("file")), (int) number(fields, "command"), number(fields, "argument"), in, out,
			fields.containsKey("created") ? (int) number(fields, "created") : 0, registers == null ? null : HexFormat.of().parseHex(registers),
			memory, (String) fields.get("memoryEnds"), fields.containsKey("noMemory") ? (int) number(fields, "noMemory") : 0,
			list(fields, "eventfds").stream().map(TraceReader::whole).toList(),
			!Boolean.FALSE.equals(fields.get("made")), number(fields, "result"));
	}

	private static long number(Map<?, ?> fields, String name) {
		Object number = fields.get(name);
		if (number == null) {
			throw new IllegalArgumentException("it has no number \"" + name + "\"");
		}
		return whole(number);
	}

	private static long whole(Object number) {
		return switch (number) {
			case Integer value -> value;
			case Long value -> value;
			default -> throw new IllegalArgumentException("\"" + number + "\" is no number of 64 bits");
		};
	}

	private static List<?> list(Map<?, ?> fields, String name) {
		Object list = fields.get(name);
		return list == null ? List.of() : (List<?>) list;
	}

	private static List<Note.Access> accesses(Map<?, ?> fields, String name, boolean write) {
		List<Note.Access> accesses = new ArrayList<>();
		for (Object each : list(fields, name)) {
			List<?> pair = (List<?>) each;
			if (pair.size() != 2) {
				throw new IllegalArgumentException("an element of \"" + name + "\" is no address with bytes");
			}
			accesses.add(new Note.Access(write, whole(pair.get(0)), HexFormat.of().parseHex((String) pair.get(1))));
		}
		return accesses;
	}

	@Override
	public void close() throws IOException {
		in.close();
	}
}
