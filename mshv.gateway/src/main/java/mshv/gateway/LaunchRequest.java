package mshv.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a launcher asks for: words that end with a zero byte, each a name, '=' and a value.
 *
 * @param program what is started, for people
 * @param backend name of a backend, empty for the best
 * @param trace path of the file to write calls to, empty for none
 * @param memory whether the trace has guest memory too
 * @param rules rules by which calls fail
 */
public record LaunchRequest(String program, String backend, String trace, boolean memory, List<String> rules) {
	private static final String VERSION = "mshv-gateway=1";

	/** Copies the rules. */
	public LaunchRequest {
		rules = List.copyOf(rules);
	}

	/** @return the request as bytes */
	public byte[] encode() {
		StringBuilder text = new StringBuilder(VERSION).append('\0');
		text.append("program=").append(program).append('\0').append("backend=").append(backend).append('\0');
		text.append("trace=").append(trace).append('\0');
		if (memory) {
			text.append("memory=yes").append('\0');
		}
		rules.forEach(rule -> text.append("fail=").append(rule).append('\0'));
		return text.toString().getBytes(StandardCharsets.UTF_8);
	}

	/** @return the request
	 * @throws IllegalArgumentException if the bytes are none */
	public static LaunchRequest decode(byte[] bytes) {
		String[] words = new String(bytes, StandardCharsets.UTF_8).split("\0");
		if (!words[0].equals(VERSION)) {
			throw new IllegalArgumentException("not a launcher of this version");
		}
		String program = "";
		String backend = "";
		String trace = "";
		boolean memory = false;
		List<String> rules = new ArrayList<>();
		for (int i = 1; i < words.length; i++) {
			String[] word = words[i].split("=", 2);
			if (word.length < 2) {
				throw new IllegalArgumentException("no value in " + words[i]);
			}
			switch (word[0]) {
				case "program" -> program = word[1];
				case "backend" -> backend = word[1];
				case "trace" -> trace = word[1];
				case "memory" -> memory = word[1].equals("yes");
				case "fail" -> rules.add(word[1]);
				default -> throw new IllegalArgumentException("unknown word " + word[0]);
			}
		}
		return new LaunchRequest(program, backend, trace, memory, rules);
	}
}
