package mshv.gateway.trace;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

import mshv.api.Intercept;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MshvIoctl;

/** Lines for events. Of one thread. */
final class EventText {
	private static final byte[] NUMBER = ascii("{\"number\":");
	private static final byte[] TIME = ascii(",\"time\":");
	private static final byte[] THREAD = ascii(",\"thread\":");
	private static final byte[] OBJECT = ascii(",\"object\":");
	private static final byte[] FILE = ascii(",\"file\":\"");
	private static final byte[] CALL = ascii("\",\"call\":\"");
	private static final byte[] COMMAND = ascii("\",\"command\":");
	private static final byte[] ARGUMENT = ascii(",\"argument\":");
	private static final byte[] CREATED = ascii(",\"created\":");
	private static final byte[] REGISTERS = ascii(",\"registers\":\"");
	private static final byte[] MEMORY_ENDS = ascii(",\"memoryEnds\":");
	private static final byte[] NOT_MADE = ascii(",\"made\":false");
	private static final byte[] RESULT = ascii(",\"result\":");
	private static final byte[] NANOSECONDS = ascii(",\"nanoseconds\":");
	private static final byte[] IN = ascii(",\"in\":[");
	private static final byte[] OUT = ascii(",\"out\":[");

	private final CallName names = new CallName();
	private final StructureText structures = new StructureText(names);
	private final long origin;
	private int count;

	/** @param origin time that all others are counted from, as {@link System#nanoTime} tells */
	EventText(long origin) {
		this.origin = origin;
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	/** The first line of a trace as JSON. */
	void header(String program, String backend, boolean memory, ByteText to) {
		to.put("{\"mshvTrace\":").put(TraceReader.VERSION).put(",\"program\":").quoted(program).put(",\"backend\":").quoted(backend)
			.put(",\"memory\":").put(memory ? "true}\n" : "false}\n");
	}

	/** Appends a line: seconds, thread, file, call, what was noted, result, duration. */
	void line(TraceEvent event, ByteText to) {
		to.millionths((event.began() - origin) / 1000).put(' ').put(event.thread()).put(' ').put(event.file()).put(' ').put(names.ioctl(event.command()));
		for (Object note : event.notes()) {
			switch (note) {
				case Note.Access access when isMessage(event, access) -> {
					Intercept intercept = decode(access);
					to.put(' ').put(intercept.getClass().getSimpleName());
					structures.text((Record) intercept, to);
				}
				// The structure itself is noted decoded
				case Note.Access access when access.address() == event.argument() -> { }
				case Note.Access access -> {
					Record decoded = decoded(event, access);
					to.put(' ');
					if (decoded == null) {
						to.hex(access.bytes());
					} else {
						structures.text(decoded, to);
					}
				}
				case Note.Created created -> to.put(" object ").put(created.object());
				case Note.Registers _ -> to.put(" registers changed");
				case Note.Memory memory -> to.put(" memory 0x").hex(memory.address()).put('+').put(memory.bytes().length);
				case Note.NoMemory _ -> to.put(" no memory");
				case Note.MemoryEnds ends -> to.put(" memory not recorded: ").put(ends.why());
				case Note.Eventfd eventfd -> to.put(" eventfd ").put(eventfd.id());
				case Record structure -> {
					to.put(' ');
					structures.text(structure, to);
				}
				default -> to.put(' ').put(note.toString());
			}
		}
		if (!event.made()) {
			to.put(" not made");
		}
		if (event.result() < 0) {
			to.put(" = -1 errno ").put(-event.result());
		} else {
			to.put(" = ").put(event.result());
		}
		to.put(" <").thousandths(event.nanoseconds()).put(" us>\n");
	}

	/** @return what the bytes mean, null if they are only bytes */
	private static Record decoded(TraceEvent event, Note.Access access) {
		return event.command() == MshvIoctl.ROOT_HVCALL && access.address() != event.argument() ? HypercallData.decode(event, access) : null;
	}

	private static boolean isMessage(TraceEvent event, Note.Access access) {
		return event.command() == MshvIoctl.RUN_VP && access.bytes().length == InterceptMessage.SIZE;
	}

	private static Intercept decode(Note.Access message) {
		return InterceptMessage.decode(MemorySegment.ofArray(message.bytes()));
	}

	/** Appends the same as an object of JSON on a line. */
	void json(TraceEvent event, ByteText to) {
		to.put(NUMBER).put(++count).put(TIME).put((event.began() - origin) / 1000).put(THREAD).put(event.thread())
			.put(OBJECT).put(event.object()).put(FILE).put(event.file()).put(CALL)
			.put(names.ioctl(event.command())).put(COMMAND).put(event.command() & 0xFFFF_FFFFL).put(ARGUMENT).put(event.argument());
		data(event, to);
		accesses(event, false, to);
		accesses(event, true, to);
		boolean memory = false;
		boolean eventfds = false;
		for (Object note : event.notes()) {
			if (note instanceof Note.Access) {
				continue;
			}
			switch (note) {
				case Note.Created created -> to.put(CREATED).put(created.object());
				case Note.Registers registers -> to.put(REGISTERS).hex(registers.bytes()).put('"');
				case Note.NoMemory none -> to.put(",\"noMemory\":").put(none.errno());
				case Note.MemoryEnds ends -> to.put(MEMORY_ENDS).quoted(ends.why());
				case Note.Memory _ -> memory = true;
				case Note.Eventfd _ -> eventfds = true;
				default -> { }
			}
		}
		if (memory) {
			list(event, Note.Memory.class, "memory", each -> to.put('[').put(each.address()).put(",\"").hex(each.bytes()).put("\"]"), to);
		}
		if (eventfds) {
			list(event, Note.Eventfd.class, "eventfds", each -> to.put(each.id()), to);
		}
		if (!event.made()) {
			to.put(NOT_MADE);
		}
		to.put(RESULT).put(event.result()).put(NANOSECONDS).put(event.nanoseconds()).put("}\n");
	}

	private void data(TraceEvent event, ByteText to) {
		to.put(",\"data\":[");
		boolean first = true;
		for (Object note : event.notes()) {
			Record structure;
			String kind = null;
			if (note instanceof Note.Access access && isMessage(event, access)) {
				structure = (Record) decode(access);
				kind = structure.getClass().getSimpleName();
			} else if (note instanceof Note.Access access) {
				structure = decoded(event, access);
				if (structure == null) {
					continue;
				}
			} else if (note instanceof Note) {
				continue;
			} else {
				structure = note instanceof Record known ? known : null;
			}
			if (!first) {
				to.put(',');
			}
			first = false;
			if (structure != null) {
				structures.json(structure, kind, to);
			} else if (note instanceof Number number) {
				to.put(number.longValue());
			} else {
				to.quoted(note.toString());
			}
		}
		to.put(']');
	}

	private static void accesses(TraceEvent event, boolean write, ByteText to) {
		to.put(write ? OUT : IN);
		boolean first = true;
		for (Object note : event.notes()) {
			if (note instanceof Note.Access access && access.write() == write) {
				if (!first) {
					to.put(',');
				}
				first = false;
				to.put('[').put(access.address()).put(",\"").hex(access.bytes()).put("\"]");
			}
		}
		to.put(']');
	}

	private static <T> void list(TraceEvent event, Class<T> type, String name, Consumer<T> element, ByteText to) {
		String separator = ",\"" + name + "\":[";
		for (Object note : event.notes()) {
			if (type.isInstance(note)) {
				to.put(separator);
				separator = ",";
				element.accept(type.cast(note));
			}
		}
		to.put(']');
	}
}
