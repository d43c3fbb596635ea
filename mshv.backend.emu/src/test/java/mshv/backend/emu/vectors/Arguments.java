package mshv.backend.emu.vectors;

import java.util.HashMap;
import java.util.Map;

/** Command-line options that each take a value. */
final class Arguments {
	private final Map<String, String> values = new HashMap<>();

	private Arguments() {
	}

	static Arguments of(String[] args) {
		Arguments arguments = new Arguments();
		for (int i = 0; i < args.length; i += 2) {
			if (!args[i].startsWith("--") || i + 1 == args.length) {
				throw new IllegalArgumentException("expected an option and its value: " + args[i]);
			}
			arguments.values.put(args[i], args[i + 1]);
		}
		return arguments;
	}

	String text(String option, String otherwise) {
		return values.getOrDefault(option, otherwise);
	}

	long number(String option, long otherwise) {
		String value = values.get(option);
		return value == null ? otherwise : Long.decode(value);
	}
}
