package mshv.gateway.trace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON: objects are maps, arrays lists, whole numbers of 64 bits {@code Long}s; there are no fractions in a trace. */
final class Json {
	/** Deeper than anything that is written. */
	private static final int MOST_DEPTH = 32;

	private final String text;
	private int at;
	private int depth;

	private Json(String text) {
		this.text = text;
	}

	/** @return the value @throws IllegalArgumentException saying what is wrong and where */
	static Object parse(String text) {
		Json json = new Json(text);
		Object value = json.value();
		json.space();
		if (json.at < text.length()) {
			throw json.wrong("the end");
		}
		return value;
	}

	private IllegalArgumentException wrong(String expected) {
		return new IllegalArgumentException(at >= text.length() ? "it ends where " + expected + " should be"
			: "character " + (at + 1) + " is not " + expected);
	}

	private void space() {
		while (at < text.length() && text.charAt(at) <= ' ') {
			at++;
		}
	}

	private boolean take(char c) {
		space();
		if (at < text.length() && text.charAt(at) == c) {
			at++;
			return true;
		}
		return false;
	}

	private void require(char c) {
		if (!take(c)) {
			throw wrong("'" + c + "'");
		}
	}

	private Object value() {
		if (++depth > MOST_DEPTH) {
			throw new IllegalArgumentException("it is nested too deep");
		}
		try {
			if (take('{')) {
				return object();
			}
			if (take('[')) {
				return array();
			}
			if (take('"')) {
				return string();
			}
			return word();
		} finally {
			depth--;
		}
	}

	private Map<String, Object> object() {
		Map<String, Object> object = new LinkedHashMap<>();
		if (take('}')) {
			return object;
		}
		do {
			require('"');
			String name = string();
			require(':');
			object.put(name, value());
		} while (take(','));
		require('}');
		return object;
	}

	private List<Object> array() {
		List<Object> array = new ArrayList<>();
		if (take(']')) {
			return array;
		}
		do {
			array.add(value());
		} while (take(','));
		require(']');
		return array;
	}

	private String string() {
		int end = text.indexOf('"', at);
		int escape = text.indexOf('\\', at);
		if (end >= 0 && (escape < 0 || escape > end)) {
			String plain = text.substring(at, end);
			at = end + 1;
			return plain;
		}
		StringBuilder string = new StringBuilder();
		while (true) {
			if (at >= text.length()) {
				throw wrong("'\"'");
			}
			char c = text.charAt(at++);
			if (c == '"') {
				return string.toString();
			}
			string.append(c == '\\' ? escaped() : c);
		}
	}

	private char escaped() {
		if (at >= text.length()) {
			throw wrong("an escaped character");
		}
		char c = text.charAt(at++);
		return switch (c) {
			case '"', '\\', '/' -> c;
			case 'b' -> '\b';
			case 'f' -> '\f';
			case 'n' -> '\n';
			case 'r' -> '\r';
			case 't' -> '\t';
			case 'u' -> {
				if (at + 4 > text.length()) {
					throw wrong("four digits");
				}
				try {
					yield (char) Integer.parseInt(text, at, at += 4, 16);
				} catch (NumberFormatException e) {
					throw new IllegalArgumentException("a bad escape sequence", e);
				}
			}
			default -> throw new IllegalArgumentException("a bad escape sequence");
		};
	}

	private Object word() {
		space();
		int from = at;
		while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '-')) {
			at++;
		}
		String word = text.substring(from, at);
		switch (word) {
			case "true":
				return true;
			case "false":
				return false;
			case "null":
				return null;
			default:
				try {
					return Long.valueOf(word);
				} catch (NumberFormatException e) {
					at = from;
					throw wrong("a value");
				}
		}
	}
}
