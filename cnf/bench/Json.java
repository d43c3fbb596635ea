import java.util.Collection;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One JSON object in the making. */
final class Json {
	private final StringBuilder text = new StringBuilder("{");

	Json raw(String key, String value) {
		text.append(text.length() == 1 ? "" : ", ").append(quote(key)).append(": ").append(value);
		return this;
	}

	Json text(String key, String value) {
		return raw(key, quote(value));
	}

	Json texts(String key, Collection<String> values) {
		return raw(key, list(values, Json::quote));
	}

	Json number(String key, double value) {
		return raw(key, format(value));
	}

	Json numbers(String key, Collection<Double> values) {
		return raw(key, list(values, Json::format));
	}

	String end() {
		return text + "}";
	}

	static <T> String list(Collection<T> values, Function<T, String> format) {
		return values.stream().map(format).collect(Collectors.joining(", ", "[", "]"));
	}

	/** JSON has no infinities: a ratio to nothing becomes null. */
	private static String format(double value) {
		return !Double.isFinite(value) ? "null" : value == Math.rint(value) && Math.abs(value) < 1e15
			? String.valueOf((long) value) : String.format(Locale.ROOT, "%.4f", value);
	}

	private static String quote(String value) {
		StringBuilder quoted = new StringBuilder("\"");
		value.chars().forEach(c -> {
			if (c == '"' || c == '\\') {
				quoted.append('\\').append((char) c);
			} else if (c < ' ') {
				quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
			} else {
				quoted.append((char) c);
			}
		});
		return quoted.append('"').toString();
	}
}
