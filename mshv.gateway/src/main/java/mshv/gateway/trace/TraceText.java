package mshv.gateway.trace;

import java.lang.reflect.RecordComponent;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

import mshv.api.abi.MshvRootHvcall;

/** Words for events. */
final class TraceText {
	private final CallName names = new CallName();

	/** @return a line: seconds, thread, file, call, what was noted, result, duration */
	String line(TraceEvent event, long origin) {
		StringBuilder line = new StringBuilder();
		line.append(String.format("%.6f %d %s %s", (event.began() - origin) / 1e9, event.thread(), event.file(), names.ioctl(event.command())));
		for (Object note : event.notes()) {
			line.append(' ').append(text(note));
		}
		return line.append(event.result() < 0 ? " = -1 errno " + -event.result() : " = " + event.result())
			.append(String.format(" <%.1f us>", event.nanoseconds() / 1e3)).toString();
	}

	/** @return the same as an object of JSON */
	String json(TraceEvent event, long origin) {
		StringBuilder line = new StringBuilder("{\"time\":").append((event.began() - origin) / 1000).append(",\"thread\":").append(event.thread())
			.append(",\"file\":\"").append(event.file()).append("\",\"call\":\"").append(names.ioctl(event.command())).append("\",\"data\":[");
		String separator = "";
		for (Object note : event.notes()) {
			line.append(separator);
			separator = ",";
			if (note instanceof Record structure) {
				json(structure, line);
			} else {
				line.append('"').append(text(note)).append('"');
			}
		}
		return line.append("],\"result\":").append(event.result()).append(",\"nanoseconds\":").append(event.nanoseconds()).append('}').toString();
	}

	private String text(Object note) {
		return switch (note) {
			case byte[] bytes -> HexFormat.of().formatHex(bytes);
			case Record structure -> {
				StringBuilder text = new StringBuilder("{");
				each(structure, component -> text.append(text.length() > 1 ? " " : "").append(component.name).append('=')
					.append(component.value instanceof Long value ? "0x" + Long.toHexString(value) : component.value));
				yield text.append('}').toString();
			}
			default -> note.toString();
		};
	}

	private void json(Record structure, StringBuilder to) {
		to.append('{');
		int[] count = new int[1];
		each(structure, component -> {
			to.append(count[0]++ == 0 ? "\"" : ",\"").append(component.name).append("\":");
			switch (component.value) {
				case Number number -> to.append(number);
				case Record inner -> json(inner, to);
				case List<?> list -> {
					to.append('[');
					for (int i = 0; i < list.size(); i++) {
						to.append(i == 0 ? "" : ",");
						if (list.get(i) instanceof Record inner) {
							json(inner, to);
						} else {
							to.append('"').append(list.get(i)).append('"');
						}
					}
					to.append(']');
				}
				default -> to.append('"').append(component.value).append('"');
			}
		});
		to.append('}');
	}

	private record Component(String name, Object value) {}

	private void each(Record structure, Consumer<Component> action) {
		for (RecordComponent component : structure.getClass().getRecordComponents()) {
			Object value;
			try {
				value = component.getAccessor().invoke(structure);
			} catch (ReflectiveOperationException e) {
				throw new IllegalStateException(component.toString(), e);
			}
			if (structure instanceof MshvRootHvcall && component.getName().equals("code")) {
				value = names.hypercall((int) value);
			}
			action.accept(new Component(component.getName(), value));
		}
	}
}
